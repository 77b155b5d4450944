import { silentLogger } from "@oriel/contracts";
import { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildGateway } from "../src/build-gateway.ts";
import type { GatewayApp } from "../src/gateway-app.ts";

let engine: FakeEngine;
let app: GatewayApp;

beforeEach(async () => {
  engine = new FakeEngine();
  app = await buildGateway({ engine, version: "1.2.3", logger: silentLogger });
});
afterEach(() => app.close());

const create = (payload: object) => app.inject({ method: "POST", url: "/volumes/create", payload });

describe("a volume", () => {
  it("that is created is returned as dockerd shows volumes, with status 201", async () => {
    const response = await create({ Name: "data", Driver: "local", DriverOpts: null, Labels: { role: "db" } });
    expect([response.statusCode, response.json()]).toEqual([
      201,
      {
        CreatedAt: "2026-01-02T03:04:05Z",
        Driver: "local",
        Labels: { role: "db" },
        Mountpoint: "/var/lib/oriel/volumes/data/_data",
        Name: "data",
        Options: null,
        Scope: "local",
      },
    ]);
    expect(engine.volumes.created).toEqual([{ name: "data", driver: "local", labels: { role: "db" } }]);
  });

  it("without a body is one that nobody has named, and has no labels", async () => {
    const response = await app.inject({ method: "POST", url: "/volumes/create" });
    expect(response.json()).toMatchObject({ Name: "ab".repeat(32), Labels: null });
  });

  it("of a cluster is refused in dockerd's words", async () => {
    const response = await create({ Name: "data", ClusterVolumeSpec: {} });
    expect([response.statusCode, response.json().message]).toEqual([503, expect.stringContaining("This node is not a swarm manager")]);
  });

  it("is inspected, and is missing with status 404 after its removal", async () => {
    await create({ Name: "data" });
    expect((await app.inject({ url: "/volumes/data" })).json()).toMatchObject({ Name: "data", Scope: "local" });
    expect((await app.inject({ method: "DELETE", url: "/volumes/data" })).statusCode).toBe(204);
    const missing = await app.inject({ url: "/volumes/data" });
    expect([missing.statusCode, missing.json()]).toEqual([404, { message: "get data: no such volume" }]);
    expect((await app.inject({ method: "DELETE", url: "/volumes/data" })).statusCode).toBe(404);
    expect((await app.inject({ method: "DELETE", url: "/volumes/data?force=1" })).statusCode).toBe(204);
  });

  it("that is used is not removed, with status 409", async () => {
    await create({ Name: "data" });
    engine.volumes.used.add("data");
    expect((await app.inject({ method: "DELETE", url: "/volumes/data" })).statusCode).toBe(409);
  });
});

it("volumes are listed by filters, and pruned with the space that is free then", async () => {
  await create({ Name: "data" });
  const filters = (value: object) => `filters=${encodeURIComponent(JSON.stringify(value))}`;
  const listed = await app.inject({ url: `/volumes?${filters({ dangling: ["true"] })}` });
  expect(listed.json()).toMatchObject({ Volumes: [{ Name: "data" }], Warnings: null });
  const pruned = await app.inject({ method: "POST", url: `/volumes/prune?${filters({ all: { true: true } })}` });
  expect(pruned.json()).toEqual({ VolumesDeleted: ["data"], SpaceReclaimed: 1000 });
  expect(engine.volumes.filters).toEqual([{ dangling: ["true"] }, { all: ["true"] }]);
});

it("volumes with names are pruned for clients of an API below 1.42, as they expect", async () => {
  await app.inject({ method: "POST", url: "/v1.41/volumes/prune" });
  await app.inject({ method: "POST", url: "/v1.42/volumes/prune" });
  expect(engine.volumes.filters).toEqual([{ all: ["true"] }, {}]);
});

it("a removal of a container says whether its volumes go with it", async () => {
  await engine.containers.create({ name: "web", config: { Image: "oriel/nano" }, hostConfig: {} });
  await app.inject({ method: "DELETE", url: "/containers/web?v=1" });
  expect(engine.removed).toEqual([{ force: false, volumes: true }]);
});
