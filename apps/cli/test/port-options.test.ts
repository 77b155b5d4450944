import { describe, expect, it } from "vitest";
import { collectPorts } from "../src/run/port-options.ts";
import { createBody } from "../src/run/run-options.ts";

const at = (HostPort: string, HostIp = "") => ({ HostIp, HostPort });

describe("-p", () => {
  it.each([
    ["80", { "80/tcp": [at("")] }],
    ["8080:80", { "80/tcp": [at("8080")] }],
    ["5353:53/udp", { "53/udp": [at("5353")] }],
    ["127.0.0.1:8080:80", { "80/tcp": [at("8080", "127.0.0.1")] }],
    ["127.0.0.1::80", { "80/tcp": [at("", "127.0.0.1")] }],
    ["[::1]:8080:80/TCP", { "80/tcp": [at("8080", "::1")] }],
    ["8000-8010:80", { "80/tcp": [at("8000-8010")] }],
    ["8000-8001:80-81", { "80/tcp": [at("8000")], "81/tcp": [at("8001")] }],
    ["80-81", { "80/tcp": [at("")], "81/tcp": [at("")] }],
  ])("%s is read as docker reads it", (text, bindings) => {
    expect(collectPorts(text)).toEqual(bindings);
  });

  it("given several times adds up", () => {
    expect(collectPorts("8081:80", collectPorts("8080:80"))).toEqual({ "80/tcp": [at("8080"), at("8081")] });
  });

  it.each(["", "x", "80/sctp", "1.2.3:80:80", "70000", "81-80", "9-8:80", "8080:", "a:b:c:d"])("%j is refused", (text) => {
    expect(() => collectPorts(text)).toThrow("It must have the form [[ADDRESS:][HOST-PORT]:]PORT[/tcp or /udp].");
  });

  it("refuses ranges of different lengths", () => {
    expect(() => collectPorts("8000-8005:80-81")).toThrow("must have the same length");
  });
});

describe("the request for a container", () => {
  it("has the network, the ports, and further networks", () => {
    const options = { network: ["shop"], publish: collectPorts("8080:80"), publishAll: true };
    expect(createBody("i", [], options, {}).HostConfig).toEqual({
      AutoRemove: false,
      NetworkMode: "shop",
      PortBindings: { "80/tcp": [at("8080")] },
      PublishAllPorts: true,
    });
    expect(createBody("i", [], { network: ["shop", "nat"] }, {})).toMatchObject({
      HostConfig: { NetworkMode: "shop" },
      NetworkingConfig: { EndpointsConfig: { shop: {}, nat: {} } },
    });
  });
});
