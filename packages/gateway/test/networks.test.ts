import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayApp } from "../src/index.ts";
import { build } from "./serve.ts";

let app: GatewayApp;
let engine: FakeEngine;

beforeEach(async () => {
  ({ app, engine } = await build());
});
afterEach(async () => {
  await app.close();
});

async function ask(method: "GET" | "POST" | "DELETE", url: string, payload?: object) {
  const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.body === "" ? undefined : answer.json() };
}

describe("networks", () => {
  test("are listed without their containers, also for the path with a slash", async () => {
    for (const url of ["/networks", "/networks/"]) {
      const { status, body } = await ask("GET", url);
      expect([status, body.map(({ Name, Driver, Scope }: Record<string, string>) => `${Name} ${Driver} ${Scope}`)]).toEqual([
        200,
        ["nat nat local", "none null local"],
      ]);
      expect(body[0].Containers).toEqual({});
    }
    expect((await ask("GET", "/v1.27/networks")).body[0].Containers).not.toEqual({});
  });

  test("are listed by filters, which the engine reads", async () => {
    await ask("GET", `/networks?filters=${encodeURIComponent('{"driver":{"nat":true},"label":["a=b"]}')}`);
    expect(engine.networks.calls).toEqual([["list", { driver: ["nat"], label: ["a=b"] }]]);
  });

  test("are shown whole, with the containers that run", async () => {
    const { body } = await ask("GET", "/networks/nat");
    expect(body).toEqual({
      Name: "nat",
      Id: "a1".repeat(32),
      Created: "2026-01-02T03:04:05.678Z",
      Scope: "local",
      Driver: "nat",
      EnableIPv4: true,
      EnableIPv6: false,
      IPAM: { Driver: "windows", Options: null, Config: [{ Subnet: "172.30.0.0/16", Gateway: "172.30.0.1" }] },
      Internal: false,
      Attachable: false,
      Ingress: false,
      ConfigFrom: { Network: "" },
      ConfigOnly: false,
      Containers: {
        ["01".repeat(32)]: {
          Name: "web",
          EndpointID: "e1".repeat(32),
          MacAddress: "00:15:5d:00:00:02",
          IPv4Address: "172.30.0.2/16",
          IPv6Address: "",
        },
      },
      Options: {},
      Labels: {},
    });
    expect((await ask("GET", "/v1.47/networks/none")).body).toMatchObject({ IPAM: { Driver: "default", Options: null, Config: null } });
    expect((await ask("GET", "/v1.47/networks/none")).body).not.toHaveProperty("EnableIPv4");
    expect(await ask("GET", "/networks/nosuch")).toEqual({ status: 404, body: { message: "network nosuch not found" } });
  });

  test("are created with all that was asked for, and refused in dockerd's words", async () => {
    const asked = {
      Name: "shop",
      CheckDuplicate: true,
      Driver: "nat",
      Internal: true,
      IPAM: { Driver: "windows", Config: [{ Subnet: "172.29.0.0/16", Gateway: "172.29.0.1", AuxiliaryAddresses: { a: "172.29.0.9" } }] },
      Options: { "com.docker.network.windowsshim.dnssuffix": "corp" },
      Labels: null,
    };
    const { status, body } = await ask("POST", "/networks/create", asked);
    expect([status, body]).toEqual([201, { Id: "b2".repeat(32), Warning: "" }]);
    expect(engine.networks.calls.at(-1)).toEqual([
      "create",
      {
        name: "shop",
        driver: "nat",
        internal: true,
        attachable: false,
        enableIPv6: false,
        ipam: { driver: "windows", subnets: [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1", auxiliaryAddresses: { a: "172.29.0.9" } }] },
        options: { "com.docker.network.windowsshim.dnssuffix": "corp" },
        labels: {},
      },
    ]);
    expect(await ask("POST", "/networks/create", asked)).toEqual({
      status: 409,
      body: { message: "network with name shop already exists" },
    });
  });

  test.each([
    [{ Scope: "swarm" }, 400, "invalid scope swarm: must be local"],
    [{ EnableIPv4: false }, 400, "IPv4 cannot be disabled on Windows"],
    [{ Ingress: true }, 501, "Ingress: Oriel is a single engine and has no swarm"],
    [{ ConfigFrom: { Network: "a" } }, 501, "ConfigOnly, ConfigFrom: networks that are configurations of others do not exist"],
    [{ Name: 5 }, 400, "invalid parameter: Name must be string"],
  ])("are not created as what does not exist here: %j", async (asked, status, message) => {
    expect(await ask("POST", "/networks/create", { Name: "shop", ...asked })).toEqual({ status, body: { message } });
    expect(engine.networks.calls).toEqual([]);
  });

  test("are removed, but not a predefined one", async () => {
    await ask("POST", "/networks/create", { Name: "shop" });
    expect(await ask("DELETE", "/networks/shop")).toEqual({ status: 204, body: undefined });
    expect(await ask("DELETE", "/networks/nat")).toEqual({
      status: 403,
      body: { message: "nat is a pre-defined network and cannot be removed" },
    });
  });

  test("are pruned by filters", async () => {
    await ask("POST", "/networks/create", { Name: "shop" });
    expect(await ask("POST", "/networks/prune?filters=%7B%22until%22%3A%5B%221h%22%5D%7D")).toEqual({
      status: 200,
      body: { NetworksDeleted: ["shop"] },
    });
    expect(engine.networks.calls.at(-1)).toEqual(["prune", { until: ["1h"] }]);
  });

  test("connect and disconnect containers", async () => {
    const EndpointConfig = { Aliases: ["www"], Links: null, IPAMConfig: { IPv4Address: "172.30.0.9" }, DriverOpts: {}, NetworkID: "x" };
    expect((await ask("POST", "/networks/nat/connect", { Container: "web", EndpointConfig })).status).toBe(200);
    expect((await ask("POST", "/networks/nat/connect", { Container: "web" })).status).toBe(200);
    expect((await ask("POST", "/networks/nat/disconnect", { Container: "web", Force: true })).status).toBe(200);
    expect(engine.networks.calls).toEqual([
      ["connect", "nat", "web", { Aliases: ["www"], IPAMConfig: { IPv4Address: "172.30.0.9" }, DriverOpts: {} }],
      ["connect", "nat", "web", {}],
      ["disconnect", "nat", "web", { force: true }],
    ]);
    expect((await ask("POST", "/networks/nat/connect", {})).status).toBe(400);
    expect((await ask("POST", "/networks/nosuch/connect", { Container: "web" })).status).toBe(404);
  });
});
