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

const headers = { "content-type": "application/json" };

describe("keys of a body, as Go's decoder matches them", () => {
  test("count in any case, at every depth", async () => {
    const payload = {
      image: "oriel/nano",
      CMD: ["echo"],
      hostconfig: {
        binds: ["/srv:C:\\srv"],
        restartpolicy: { name: "on-failure", maximumretrycount: 2 },
        PORTBINDINGS: { "80/tcp": [{ hostport: "8080" }] },
        logconfig: { type: "json-file", config: { "max-size": "1m" } },
        devices: [{ pathonhost: "class/x" }],
        isolation: "Process",
      },
      healthcheck: { test: ["NONE"] },
      labels: { role: "a", ROLE: "b" },
    };
    expect((await app.inject({ method: "POST", url: "/containers/create", payload })).statusCode).toBe(201);
    expect(engine.created).toEqual([
      {
        config: { Image: "oriel/nano", Cmd: ["echo"], Healthcheck: { Test: ["NONE"] }, Labels: { role: "a", ROLE: "b" } },
        hostConfig: {
          Binds: ["/srv:C:\\srv"],
          RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 },
          PortBindings: { "80/tcp": [{ HostPort: "8080" }] },
          LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
          Devices: [{ PathOnHost: "class/x" }],
          Isolation: "Process",
        },
      },
    ]);
  });

  test.each([
    ['{"Image":"a","image":"oriel/nano"}', {}],
    [
      '{"Image":"oriel/nano","ima\\u017fe":1,"HoſtConfig":{"Memory":1048576},"HOSTCONFIG":{"CpuCount":1}}',
      { Memory: 1_048_576, CpuCount: 1 },
    ],
    ['{"Image":"oriel/nano","image":null,"Tty":null,"HostConfig":{"AutoRemove":null,"LogConfig":null}}', {}],
    ['{"Image":"oriel/nano","Unknown":{"a":[1,{"b":null}]},"HostConfig":{"Nothing":true,"Known?":[null]}}', {}],
    [
      '{"Image":"oriel/nano","ExposedPorts":{"80/tcp":null},"Labels":{"a":null},"HostConfig":{"Binds":null,"PortBindings":{"80/tcp":null}}}',
      { PortBindings: { "80/tcp": null } },
    ],
  ])("in %s: the last of several counts, null changes nothing, unknown ones are taken", async (payload, hostConfig) => {
    const answer = await app.inject({ method: "POST", url: "/containers/create", headers, payload });
    expect(answer.statusCode, answer.body).toBe(201);
    expect(engine.created[0]).toMatchObject({ config: { Image: "oriel/nano" } });
    expect(engine.created[0]?.hostConfig).toEqual(hostConfig);
  });

  test("that JavaScript has for itself are names like any other", async () => {
    const payload =
      '{"Image":"oriel/nano","__proto__":{"Tty":true},"constructor":{"prototype":{"Tty":true}},"Labels":{"__proto__":"x","constructor":"y"},' +
      '"HostConfig":{"__proto__":{"Privileged":true,"AutoRemove":true},"toString":1}}';
    const answer = await app.inject({ method: "POST", url: "/containers/create", headers, payload });
    expect(answer.statusCode, answer.body).toBe(201);
    const [{ config, hostConfig } = {}] = engine.created;
    expect(JSON.stringify(config)).toBe('{"Image":"oriel/nano","Labels":{"__proto__":"x","constructor":"y"}}');
    expect([hostConfig, hostConfig?.AutoRemove, {}]).toEqual([{}, undefined, {}]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("a null in a list or map is the empty value of its kind", async () => {
    const payload = '{"Image":"oriel/nano","Labels":{"a":null},"Env":["A=1",null],"Volumes":{"C:\\\\v":null}}';
    await app.inject({ method: "POST", url: "/containers/create", headers, payload });
    expect(engine.created[0]?.config).toMatchObject({ Labels: { a: "" }, Env: ["A=1", ""], Volumes: { "C:\\v": {} } });
  });

  test("a value of the wrong type is named by its field, however it was spelled", async () => {
    const answer = await app.inject({ method: "POST", url: "/containers/create", payload: { image: "a", hostconfig: { memory: "1g" } } });
    expect([answer.statusCode, answer.json()]).toEqual([400, { message: "invalid parameter: HostConfig.Memory must be integer" }]);
  });

  test("of an exec, its start, an update and a commit, too", async () => {
    const post = (url: string, payload: object) => app.inject({ method: "POST", url, payload });
    await post("/containers/create?name=web", { Image: "oriel/nano", Cmd: ["sleep"] });
    await post("/containers/web/start", {});
    const exec = await post("/containers/web/exec", { cmd: ["echo", "x"], WORKINGDIR: "C:\\a", attachstdout: true });
    expect(exec.statusCode).toBe(201);
    expect((await app.inject(`/exec/${exec.json().Id}/json`)).json()).toMatchObject({
      OpenStdout: true,
      ProcessConfig: { entrypoint: "echo" },
    });
    expect((await post(`/exec/${exec.json().Id}/start`, { detach: true })).body).toBe("");

    expect((await post("/containers/web/update", { memory: 2_097_152 })).statusCode).toBe(200);
    expect(engine.updated.at(-1)?.limits).toEqual({ Memory: 2_097_152 });
    await post("/containers/web/kill", {});
    await post("/commit?container=web", { cmd: ["a.exe"], labels: { x: "y" } });
    expect(engine.committed.at(-1)?.config).toEqual({ Cmd: ["a.exe"], Labels: { x: "y" } });
  });
});
