import { afterEach, describe, expect, it } from "vitest";
import type { EngineEvent, EventsRequest } from "../src/engine-api.ts";
import { EventLog } from "../src/events/event-log.ts";
import { PreciseTime } from "../src/events/precise-time.ts";
import { prints, stubborn, type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

/** All but those of networks. */
async function collect(events: AsyncIterable<EngineEvent>): Promise<EngineEvent[]> {
  const all: EngineEvent[] = [];
  for await (const event of events) if (event.type !== "network") all.push(event);
  return all;
}

/** What was kept; asked for in a way that does not wait for more. */
async function kept({ engine }: TestEngine, period: EventsRequest = { since: new Date(0) }): Promise<string[]> {
  const events = await collect(engine.events({ ...period, signal: AbortSignal.abort() }));
  return events.map(({ action }) => action);
}

const life = ["create", "start", "die"];

async function run({ engine, create }: TestEngine): Promise<string> {
  const id = await create({ name: "web" });
  const ended = engine.containers.wait(id, "next-exit");
  await engine.containers.start(id);
  await ended;
  return id;
}

describe("events that were kept", () => {
  it("come first, in their order, and then those that happen; none twice", async () => {
    test = await testEngine({ program: () => prints("x") });
    const id = await run(test);
    const events = collect(test.engine.events({ since: new Date(0) }));
    await test.engine.containers.remove(id);
    await test.engine.close();
    expect((await events).map(({ action }) => action)).toEqual([...life, "destroy"]);
  });

  it("are those of the time that was asked for", async () => {
    test = await testEngine({ program: () => prints("x") });
    const id = await run(test);
    const [, start, die] = await collect(test.engine.events({ since: new Date(0), signal: AbortSignal.abort() }));
    await test.engine.containers.remove(id);
    if (start === undefined || die === undefined) throw new Error("events are missing");
    expect(await kept(test, { since: start.time, until: die.time })).toEqual(["start", "die"]);
    expect(await kept(test, { until: start.time })).toEqual(["create", "start"]);
    expect(await kept(test, { since: test.clock.now() })).toEqual([]);
  });

  it("of one millisecond can be asked for apart", async () => {
    test = await testEngine();
    const log = new EventLog(test.database);
    const event = (action: string, microseconds: number): EngineEvent => ({
      type: "image",
      action,
      actor: { id: "i", attributes: {} },
      time: new PreciseTime(1_767_323_045_123, microseconds),
    });
    for (const isWritten of [false, true]) {
      for (const [index, action] of ["a", "b", "c"].entries()) log.add(event(action, index * 10));
      if (isWritten) log.flush();
    }
    const period = { since: new PreciseTime(1_767_323_045_123, 10), until: new PreciseTime(1_767_323_045_123, 19) };
    expect(log.read(period).map(({ action }) => action)).toEqual(["b", "b"]);
  });

  it("of tags have the new name in its familiar form, and the image's labels", async () => {
    test = await testEngine();
    await test.engine.images.tag("oriel/nano", "oriel/other");
    const [event] = await collect(test.engine.events({ since: new Date(0), signal: AbortSignal.abort() }));
    expect(event).toMatchObject({ type: "image", action: "tag", actor: { attributes: { name: "oriel/other:latest" } } });
  });

  it("outlive a restart of the daemon, with all that was told of them", async () => {
    test = await testEngine({ program: () => prints("x", 3) });
    const id = await test.create({ name: "web", config: { Labels: { role: "test" } } });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await ended;
    await test.engine.close();
    test = test.crash();
    await test.engine.start();
    expect(await kept(test)).toEqual(life);
    const events = await collect(test.engine.events({ since: new Date(0), signal: AbortSignal.abort() }));
    expect(events[2]).toMatchObject({
      type: "container",
      actor: { id, attributes: { name: "web", image: "oriel/nano", role: "test", exitCode: "3" } },
    });
  });

  it("are written down within a second where nothing else is", async () => {
    test = await testEngine();
    await test.engine.images.tag("oriel/nano", "oriel/other");
    await test.clock.sleeping(1000);
    test.clock.advance(1001);
    await Promise.resolve();
    test = test.crash();
    await test.engine.start();
    expect(await kept(test)).toEqual(["tag"]);
  });
});

describe("the start of a container", () => {
  it("is told by the next daemon when this one is killed before it could", async () => {
    const { promise: started, resolve: isStarted } = Promise.withResolvers<void>();
    const hangsAfterStart = <T extends object>(service: T): T =>
      new Proxy(service, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== "function" || key !== "start") return value;
          return async (id: string) => {
            await Reflect.apply(value, target, [id]);
            isStarted();
            return new Promise(() => {});
          };
        },
      });
    test = await testEngine({ program: () => stubborn, intercept: hangsAfterStart });
    const id = await test.create({ name: "web" });
    void test.engine.containers.start(id);
    await started;
    test = test.crash({ adopt: test.runtime.survivors() });
    await test.engine.start();
    expect(await kept(test)).toEqual(["create", "start"]);
    await test.engine.containers.kill(id);
    expect(await kept(test)).toEqual(["create", "start", "kill", "die"]);
  });
});

describe("the exit of a container", () => {
  it("is told once when the daemon is killed while it runs, however often the daemon is started", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ name: "web" });
    await test.engine.containers.start(id);
    for (const _ of ["first", "second", "third"]) {
      test = test.crash();
      await test.engine.start();
    }
    expect(await kept(test)).toEqual(life);
    const [, , die] = await collect(test.engine.events({ since: new Date(0), signal: AbortSignal.abort() }));
    expect(die?.actor.attributes).toMatchObject({ exitCode: "255", execDuration: "0" });
  });

  it("is kept exactly if its state is: one that is not is told by the next daemon", async () => {
    test = await testEngine({ program: () => prints("x") });
    const id = await test.create({ name: "web" });
    const { database } = test;
    // The disk is full from the exit on.
    test.runtime.before("delete", () => {
      database.connection.exec("PRAGMA query_only = ON");
    });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await ended;
    expect(test.log).toContain("error: a container's state cannot be written");
    // Nobody who listens misses it.
    expect(await kept(test)).toEqual(life);
    test = test.crash();
    await test.engine.start();
    expect(await kept(test)).toEqual(life);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", exitCode: 255 });
  });
});

it("what else changes a container is kept with the change", async () => {
  test = await testEngine();
  const id = await test.create({ name: "web" });
  await test.engine.containers.rename(id, "renamed");
  await test.engine.containers.update(id, { restartPolicy: { Name: "always" } });
  await test.engine.containers.remove(id);
  test = test.crash();
  await test.engine.start();
  expect(await kept(test)).toEqual(["create", "rename", "update", "destroy"]);
  const events = await collect(test.engine.events({ since: new Date(0), signal: AbortSignal.abort() }));
  expect(events.map(({ actor }) => actor.attributes.name)).toEqual(["web", "renamed", "renamed", "renamed"]);
});

it("only the latest events are kept", async () => {
  test = await testEngine();
  const log = new EventLog(test.database, 3);
  const add = (action: string) => log.add({ type: "container", action, actor: { id: "c1", attributes: {} }, time: new Date(0) });
  for (const action of ["1", "2"]) add(action);
  log.flush();
  for (const action of ["3", "4"]) add(action);
  log.flush();
  expect(log.read({}).map(({ action }) => action)).toEqual(["2", "3", "4"]);
  for (const action of ["5", "6", "7", "8"]) add(action);
  log.flush();
  expect(log.read({}).map(({ action }) => action)).toEqual(["6", "7", "8"]);
});
