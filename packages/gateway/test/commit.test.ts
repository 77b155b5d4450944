import type { FakeEngine } from "@oriel/engine-testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayApp } from "../src/index.ts";
import { build } from "./serve.ts";

let app: GatewayApp;
let engine: FakeEngine;

beforeAll(async () => {
  ({ app, engine } = await build());
  await engine.containers.create({ name: "web", config: { Image: "oriel/nano", Cmd: ["sleep"] }, hostConfig: {} });
});
afterAll(async () => {
  await app.close();
});

async function commit(query: string, payload?: object | string) {
  const headers = { "content-type": "application/json" };
  const answer = await app.inject({ method: "POST", url: `/commit?${query}`, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

describe("commit", () => {
  test("hands on what was given, and answers the image's id", async () => {
    const answer = await commit("container=web&repo=made&tag=1&comment=c&author=a&pause=1", { Cmd: "run.exe", Env: ["A=1"], Labels: null });
    expect(answer).toEqual({ status: 201, body: { Id: `sha256:${"ef".repeat(32)}` } });
    expect(engine.committed.at(-1)).toMatchObject({
      reference: "made:1",
      comment: "c",
      author: "a",
      config: { Cmd: ["run.exe"], Env: ["A=1"] },
    });
  });

  test.each([undefined, "null", "{}"])("takes the container's configuration where none is given (%s)", async (payload) => {
    expect((await commit("container=web&repo=made", payload)).status).toBe(201);
    const { reference, config = {} } = engine.committed.at(-1) ?? {};
    expect([reference, config]).toEqual(["made", {}]);
  });

  test("hands on build instructions, one or several", async () => {
    expect((await commit("container=web&changes=CMD%20x&changes=&changes=USER%20u")).status).toBe(201);
    expect(engine.committed.at(-1)?.changes).toEqual(["CMD x", "USER u"]);
    await commit("container=web&changes=CMD%20x");
    expect(engine.committed.at(-1)?.changes).toEqual(["CMD x"]);
  });

  test("without a name makes an image without one", async () => {
    expect((await commit("container=web")).status).toBe(201);
    expect(engine.committed.at(-1)).not.toHaveProperty("reference");
  });

  test("is refused in words", async () => {
    expect(await commit("container=nope")).toEqual({ status: 404, body: { message: "No such container: nope" } });
    expect((await commit("repo=made")).status).toBe(400);
    await engine.containers.start("web");
    expect(await commit("container=web")).toEqual({
      status: 409,
      body: { message: "windows does not support commit of a running container" },
    });
    await engine.containers.kill("web");
  });
});
