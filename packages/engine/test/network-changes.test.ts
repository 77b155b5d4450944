import { UnavailableError, UnimplementedError } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gate } from "./gate.ts";
import { noteEvents, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
beforeEach(async () => {
  test = await testEngine({ program: () => waits });
  await test.engine.networks.create({ name: "n" });
});
afterEach(() => test.dispose());

const refused = () => Promise.reject(new UnavailableError("the host refuses", { op: "test" }));

async function run(more: Parameters<TestEngine["create"]>[0] = { name: "web" }): Promise<string> {
  const id = await test.create(more);
  await test.engine.containers.start(id);
  return id;
}

const connected = () => test.networks.endpoints().map(({ networkId }) => test.networks.get(networkId).name);
const namesOf = async (ref = "web") => (await test.engine.containers.inspect(ref)).networks.map(({ name }) => name);

describe("connecting a container that runs", () => {
  it("makes an endpoint and gives it to the container, and is lasting", async () => {
    const events = noteEvents(test.engine);
    const id = await run();
    await test.engine.networks.connect("n", "web", { Aliases: ["www"] });
    const [, endpoint] = test.networks.endpoints();
    expect(test.runtime.calls).toContain(`attachEndpoint ${id} ${endpoint?.hnsId}`);
    expect(test.networks.requests[1]?.names).toEqual(["web", "www", id.slice(0, 12)]);
    expect(await namesOf()).toEqual(["n", "nat"]);
    await test.engine.containers.restart("web");
    expect(connected()).toEqual(["nat", "n"]);
    await test.engine.close();
    expect(events.seen.filter(({ type, action }) => type === "network" && action === "connect")[1]?.actor).toEqual({
      id: test.networks.get("n").id,
      attributes: { container: id, name: "n", type: "nat" },
    });
  });

  it("is refused where it is connected to it", async () => {
    await run();
    await expect(test.engine.networks.connect("bridge", "web")).rejects.toMatchObject({
      code: "PermissionDenied",
      message: "endpoint with name web already exists in network nat",
    });
  });

  it("is done once of two at the same time", async () => {
    await run();
    const both = await Promise.allSettled([test.engine.networks.connect("n", "web"), test.engine.networks.connect("n", "web")]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(connected()).toEqual(["nat", "n"]);
  });

  it.each(["attachEndpoint", "createEndpoint"] as const)("leaves nothing where %s fails", async (method) => {
    await run();
    if (method === "attachEndpoint") test.runtime.before(method, refused);
    else test.networks.before(method, refused);
    await expect(test.engine.networks.connect("n", "web")).rejects.toThrow("the host refuses");
    expect([connected(), await namesOf()]).toEqual([["nat"], ["nat"]]);
  });

  it("leaves nothing where the container ends meanwhile", async () => {
    await run();
    const host = gate();
    test.networks.before("createEndpoint", host.pass);
    const connecting = test.engine.networks.connect("n", "web").catch((error: unknown) => error);
    await host.reached;
    await test.engine.containers.stop("web");
    host.open();
    expect(await connecting).toMatchObject({ code: "Conflict", message: expect.stringContaining("ended while it was connected") });
    expect([connected(), await namesOf()]).toEqual([[], ["nat"]]);
  });

  it("says what the host cannot", async () => {
    await run();
    test.runtime.before("attachEndpoint", () => {
      throw new UnimplementedError("unsupported platform request", { op: "test" });
    });
    await expect(test.engine.networks.connect("n", "web")).rejects.toMatchObject({ code: "Unimplemented" });
    expect(connected()).toEqual(["nat"]);
  });

  it("to none, once it has no other network, makes nothing on the host", async () => {
    await run();
    await test.engine.networks.disconnect("nat", "web");
    await test.engine.networks.connect("none", "web");
    expect([connected(), await namesOf()]).toEqual([[], ["none"]]);
    await test.engine.containers.restart("web");
    expect(connected()).toEqual([]);
  });

  it("publishes the ports where none of its networks could", async () => {
    await test.engine.networks.create({ name: "inner", internal: true });
    await run({ name: "web", networks: { inner: {} }, hostConfig: { PortBindings: { "80/tcp": [{ HostPort: "8080" }] } } });
    await test.engine.networks.connect("n", "web");
    expect(test.networks.endpoints().map(({ ports }) => ports.length)).toEqual([0, 1]);
  });
});

describe("connecting a container that does not run", () => {
  it("is for its next start, and may replace what was asked for before", async () => {
    await test.create({ name: "web", hostConfig: { NetworkMode: "n" } });
    await test.engine.networks.connect("n", "web", { Aliases: ["a"] });
    await test.engine.networks.connect("nat", "web");
    expect(connected()).toEqual([]);
    await test.engine.containers.start("web");
    expect(connected()).toEqual(["nat", "n"]);
    expect(test.networks.requests[1]?.names).toContain("a");
  });

  it("waits for a start on its way", async () => {
    const host = gate();
    await test.create({ name: "web" });
    test.runtime.before("create", host.pass);
    const started = test.engine.containers.start("web");
    await host.reached;
    const connecting = test.engine.networks.connect("n", "web");
    host.open();
    await Promise.all([started, connecting]);
    expect(connected()).toEqual(["nat", "n"]);
  });
});

describe("a container cannot be connected", () => {
  it.each([
    [
      { hostConfig: { NetworkMode: "none" } },
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    ],
    [
      { hostConfig: { NetworkMode: "container:x" } },
      "container sharing network namespace with another container or host cannot be connected to any other network",
    ],
    [{ config: { NetworkDisabled: true } }, "its network is disabled"],
  ])("as it is configured: %j", async (more, message) => {
    await test.create({ name: "web", ...more });
    await expect(test.engine.networks.connect("n", "web")).rejects.toThrow(message);
  });

  it("with settings that are none, to a network or as a container that is not there", async () => {
    await test.create({ name: "web" });
    await expect(test.engine.networks.connect("n", "web", { IPAMConfig: { IPv4Address: "x" } })).rejects.toThrow(
      "invalid endpoint settings:\ninvalid IPv4 address: x",
    );
    await expect(test.engine.networks.connect("x", "web")).rejects.toThrow("network x not found");
    await expect(test.engine.networks.connect("n", "x")).rejects.toThrow("No such container: x");
  });

  it("while it is being removed", async () => {
    await test.create({ name: "web" });
    const host = gate();
    test.storage.before("removeScratch", host.pass);
    const removal = test.engine.containers.remove("web");
    await host.reached;
    await expect(test.engine.networks.connect("n", "web")).rejects.toThrow(
      "is marked for removal and cannot be connected or disconnected to the network",
    );
    host.open();
    await removal;
  });
});

describe("disconnecting a container", () => {
  it("that runs takes its endpoint away, and is lasting", async () => {
    const id = await run({ name: "web", networks: { n: {}, nat: {} } });
    const [, endpoint] = test.networks.endpoints();
    await test.engine.networks.disconnect("n", "web");
    expect(test.runtime.calls).toContain(`detachEndpoint ${id} ${endpoint?.hnsId}`);
    expect([connected(), await namesOf()]).toEqual([["nat"], ["nat"]]);
  });

  it("that does not run is for its next start, and reported", async () => {
    const events = noteEvents(test.engine);
    await test.create({ name: "web", networks: { n: {}, nat: {} } });
    await test.engine.networks.disconnect("n", "web");
    expect(await namesOf()).toEqual(["nat"]);
    await test.engine.close();
    expect(events.seen.filter(({ type }) => type === "network").map(({ action }) => action)).toEqual(["disconnect"]);
  });

  it("from its last network is undone by its next start, as in dockerd", async () => {
    await run();
    await test.engine.networks.disconnect("nat", "web");
    expect(connected()).toEqual([]);
    await test.engine.containers.restart("web");
    expect(connected()).toEqual(["nat"]);
  });

  it("that is not connected is refused", async () => {
    const id = await run();
    await expect(test.engine.networks.disconnect("n", "web")).rejects.toMatchObject({
      code: "Conflict",
      message: `container ${id} is not connected to network n`,
    });
  });

  it("keeps it connected where the host does not take the endpoint, unless by force", async () => {
    await run({ name: "web", networks: { n: {} } });
    test.runtime.before("detachEndpoint", refused);
    await expect(test.engine.networks.disconnect("n", "web")).rejects.toThrow("the host refuses");
    expect([connected(), await namesOf()]).toEqual([["n"], ["n"]]);
    test.runtime.before("detachEndpoint", refused);
    await test.engine.networks.disconnect("n", "web", { force: true });
    expect([connected(), await namesOf()]).toEqual([[], []]);
  });

  it("from a network that is gone needs force", async () => {
    await test.create({ name: "web", networks: { gone: {}, nat: {} } });
    await expect(test.engine.networks.disconnect("gone", "web")).rejects.toThrow("network gone not found");
    await test.engine.networks.disconnect("gone", "web", { force: true });
    expect(await namesOf()).toEqual(["nat"]);
  });
});

describe("networks", () => {
  it("are shown with the containers that run in them", async () => {
    const id = await run();
    await test.create({ name: "stopped" });
    const { containers } = await test.engine.networks.inspect("nat");
    expect(containers).toEqual([{ id, name: "web", endpoint: test.networks.endpoints()[0] }]);
  });

  it("are created and removed with events", async () => {
    const events = noteEvents(test.engine);
    const { id } = await test.engine.networks.create({ name: "m", driver: "Transparent" });
    await test.engine.networks.remove("m");
    await test.engine.close();
    expect(events.seen.map(({ type, action, actor }) => ({ type, action, actor }))).toEqual(
      ["create", "destroy"].map((action) => ({ type: "network", action, actor: { id, attributes: { name: "m", type: "transparent" } } })),
    );
  });

  it("are not created with a name that is in use, and no event says so", async () => {
    const events = noteEvents(test.engine);
    await expect(test.engine.networks.create({ name: "n" })).rejects.toMatchObject({
      code: "AlreadyExists",
      message: "network with name n already exists",
    });
    await test.engine.close();
    expect(events.seen).toEqual([]);
  });

  it("in which a container runs are neither removed nor pruned", async () => {
    await run({ name: "web", networks: { n: {} } });
    await expect(test.engine.networks.remove("n")).rejects.toThrow("has active endpoints");
    await test.engine.networks.create({ name: "m", labels: { keep: "1" } });
    await test.engine.networks.create({ name: "o" });
    const events = noteEvents(test.engine);
    expect(await test.engine.networks.prune({ "label!": ["keep"] })).toEqual(["o"]);
    expect(await test.engine.networks.prune({ until: ["1h"] })).toEqual([]);
    expect(await test.engine.networks.prune({ label: ["keep=1"], until: ["0s"] })).toEqual(["m"]);
    await test.engine.containers.stop("web");
    expect(await test.engine.networks.prune()).toEqual(["n"]);
    await expect(test.engine.networks.prune({ x: ["1"] })).rejects.toThrow("invalid filter 'x'");
    await test.engine.close();
    const network = events.seen
      .filter(({ type }) => type === "network")
      .map(({ action, actor }) => `${action} ${actor.attributes.name ?? ""}`);
    expect(network.slice(0, 2)).toEqual(["destroy o", "prune "]);
  });

  it.each([
    [{ driver: ["null"] }, ["none"]],
    [{ name: ["na"] }, ["nat"]],
    [{ name: ["^n$"] }, ["n"]],
    [{ type: ["custom"] }, ["n"]],
    [{ type: ["builtin"] }, ["nat", "none"]],
    [{ scope: ["local"] }, ["nat", "none", "n"]],
    [{ scope: ["swarm"] }, []],
    [{ dangling: ["true"] }, ["n"]],
    [{ dangling: ["false"] }, ["nat", "none"]],
    [{ label: ["a=b"] }, []],
    [{}, ["nat", "none", "n"]],
  ])("are listed by the filters %j", async (filters, names) => {
    expect((await test.engine.networks.list(filters)).map(({ name }) => name)).toEqual(names);
  });

  it.each([
    [{ type: ["x"] }, "invalid filter 'type=x'"],
    [{ dangling: ["x"] }, "invalid filter 'dangling=x'"],
    [{ x: ["y"] }, "invalid filter 'x'"],
  ])("are not listed by the filters %j", async (filters, message) => {
    await expect(test.engine.networks.list(filters)).rejects.toThrow(message);
  });
});
