import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { UnavailableError } from "@oriel/contracts";
import { fakeContainerRuntime } from "@oriel/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { EngineDatabase } from "../src/state/database.ts";
import { cat, each, prints, stubborn, type TestEngine, testEngine, textOf, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

/** Ends the process, as far as its host can tell, at the n-th thing that it does outside itself. */
class CrashPoint {
  readonly reached = Promise.withResolvers<void>();
  #left: number;
  #isOver = false;

  constructor(atCall: number) {
    this.#left = atCall;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Counts one call; returns whether this is the one at which it ends. */
  count(): boolean {
    this.#left -= 1;
    if (this.#left >= 0) return false;
    this.#isOver = true;
    this.reached.resolve();
    return true;
  }
}

/** What waits for it is kept, with the files that it has open: Node.js complains of those that are collected unclosed. */
const waiting: unknown[] = [];
function never(): Promise<never> {
  return new Promise((resolve) => waiting.push(resolve));
}

/** Calls after the crash never happen; the one of the crash happens or not, and is never answered. */
function crashingService<T extends object>(service: T, point: CrashPoint, when: "before" | "after"): T {
  return new Proxy(service, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      // To listen does nothing outside the engine.
      if (typeof value !== "function" || key === "onEvent") return value;
      return (...given: unknown[]): unknown => {
        if (point.isOver) return never();
        const call = (): unknown => Reflect.apply(value, target, given);
        if (!point.count()) return call();
        if (when === "after") void call();
        return never();
      };
    },
  });
}

class CrashingDatabase extends EngineDatabase {
  readonly #point: CrashPoint;

  constructor(file: string, point: CrashPoint) {
    super(file);
    this.#point = point;
  }

  override get connection(): DatabaseSync {
    if (this.#point.isOver || this.#point.count()) throw new Error("the process is gone");
    return super.connection;
  }
}

/** A whole life, with everything that the engine does outside itself. */
async function live({ engine, create }: TestEngine): Promise<void> {
  await engine.networks.create({ name: "n" });
  const id = await create({
    name: "web",
    config: { Volumes: { "C:\\anon": {} } },
    hostConfig: { Binds: ["data:C:\\data"] },
    networks: { nat: {}, n: {} },
  });
  for (const _ of ["first run", "second run"]) {
    const ended = engine.containers.wait(id, "next-exit");
    await engine.containers.start(id);
    await ended;
  }
  await engine.containers.rename(id, "renamed");
  await engine.containers.remove("renamed", { volumes: true });
  await engine.networks.remove("n");
}

/** What must hold once a new engine has started on what the crash left. */
async function expectSound({ engine, storage, networks, root, create, runtime }: TestEngine): Promise<void> {
  const records = await engine.containers.list({ all: true });
  for (const { state } of records) {
    expect(["created", "exited"]).toContain(state.status);
    if (state.status === "exited") expect([0, 255]).toContain(state.exitCode);
  }
  expect((await storage.listScratches()).map(({ id }) => id)).toEqual(records.map(({ id }) => id));
  expect([...storage.mounts.values()].filter((count) => count > 0)).toEqual([]);
  expect(networks.endpoints()).toEqual([]);
  const volumes = (await engine.volumes.list()).map(({ name }) => name);
  expect(existsSync(path.join(root, "volumes")) ? (await readdir(path.join(root, "volumes"))).sort() : []).toEqual(volumes);
  const used = records.flatMap(({ mounts }) => mounts.map(({ volume }) => volume?.name));
  expect(volumes.filter((name) => name !== "data" && !used.includes(name))).toEqual([]);
  const folders = existsSync(path.join(root, "containers")) ? await readdir(path.join(root, "containers")) : [];
  expect(folders.filter((folder) => !records.some(({ id }) => id === folder))).toEqual([]);

  for (const { id } of records) await engine.containers.remove(id);
  for (const name of ["web", "renamed"]) {
    const id = await create({ name });
    const ended = engine.containers.wait(id, "next-exit");
    await engine.containers.start(id);
    expect((await ended).exitCode).toBe(0);
    await engine.containers.remove(id);
  }
  expect(runtime.live).toEqual([]);
  expect(await storage.listScratches()).toEqual([]);
}

describe("a crash at any moment", () => {
  const runUntil = async (point: CrashPoint, options: Parameters<typeof testEngine>[0]): Promise<boolean> => {
    const first = await testEngine({ ...options, program: () => prints("hello\n") });
    const life = live(first).catch((error: unknown) => {
      if (!point.isOver) throw error;
    });
    await Promise.race([life, point.reached.promise]);
    const hasCrashed = point.isOver;
    test = first.crash();
    await test.engine.start();
    await expectSound(test);
    await test.dispose();
    return hasCrashed;
  };

  it.each(["before", "after"] as const)("%s a call to storage, runtime or networks is recovered from", async (when) => {
    let moments = 0;
    // The first calls are the reconciliations at the start, which crash points of their own would only delay.
    for (let at = 2; ; at += 1) {
      const point = new CrashPoint(at);
      if (!(await runUntil(point, { intercept: (service) => crashingService(service, point, when) }))) break;
      moments += 1;
    }
    // create: scratch, a look for what its 2 volumes may get; each run: mount, 2 endpoints, folders, create, start, delete, 2 endpoints, unmount; remove: scratch; the network.
    expect(moments).toBe(26);
  });

  it("before any write to the database is recovered from", async () => {
    let moments = 0;
    // Before the first write containers, volumes and the journal of volumes are read.
    for (let at = 3; ; at += 1) {
      const point = new CrashPoint(at);
      // Whatever runs on after the crash reaches neither storage nor runtime.
      const intercept = <T extends object>(service: T): T => gone(service, point);
      if (!(await runUntil(point, { intercept, openDatabase: (file) => new CrashingDatabase(file, point) }))) break;
      moments += 1;
    }
    // create: 2, and 11 for each volume; each run: spec, running, exited; rename; remove: mounts, removing, 6 for the volume, row.
    expect(moments).toBe(40);
  });
});

function gone<T extends object>(service: T, point: CrashPoint): T {
  return new Proxy(service, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || key === "onEvent") return value;
      return (...given: unknown[]): unknown => (point.isOver ? never() : Reflect.apply(value, target, given));
    },
  });
}

describe("after a crash while a container ran", () => {
  it("its state is true, its log is there, and its name is free after a removal", async () => {
    const first = await testEngine({
      program: () => async (process) => {
        await process.stdout("so far\n");
        return stubborn(process);
      },
    });
    const id = await first.create({ name: "web" });
    await first.engine.containers.start(id);
    const logs = await first.engine.containers.logs(id, { stdout: true, stderr: true, follow: true });
    for await (const _ of logs.batches) break;

    test = first.crash();
    await test.engine.start();
    const { state } = await test.engine.containers.inspect("web");
    expect(state).toMatchObject({
      status: "exited",
      exitCode: 255,
      pid: 0,
      error: "the daemon ended while the container ran: no such compute system",
    });
    expect(state.finishedAt?.getTime()).toBeGreaterThan(state.startedAt?.getTime() ?? Number.POSITIVE_INFINITY);
    expect((await textOf(each((await test.engine.containers.logs("web", { stdout: true, stderr: true })).batches))).stdout).toBe(
      "so far\n",
    );
    expect(test.storage.mounts.get(id)).toBe(0);
    expect(test.runtime.calls).toEqual([`restore ${id}`]);
    expect(test.log).toContain("info: a container of the former daemon is gone");
    await test.engine.containers.remove("web");
    await expect(test.create({ name: "web" })).resolves.toBeDefined();
  });

  it("one that still runs is adopted, with its output, its input and its end", async () => {
    const first = await testEngine({ program: () => stubborn });
    const id = await first.create({ config: { OpenStdin: true } });
    await first.engine.containers.start(id);
    const { startedAt } = (await first.engine.containers.inspect(id)).state;
    const spec = first.runtime.specOf(id);
    if (spec === undefined) throw new Error("the container has no spec");
    // The same container as the host has it, with streams that the former daemon does not hold any more.
    const host = fakeContainerRuntime({
      program: () => async (process) => {
        await process.stdout("since the crash\n");
        return cat(process);
      },
    });
    await host.create({ id, spec });
    const init = await host.start(id);

    test = first.crash({ adopt: host.survivors() });
    await test.engine.start();
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "running", pid: init.pid, startedAt });
    expect(test.storage.mounts.get(id)).toBe(1);
    const ended = test.engine.containers.wait(id, "next-exit");
    const { stdin, output } = await test.engine.containers.attach(id, {
      stdin: true,
      stdout: true,
      stderr: true,
      stream: true,
      logs: true,
    });
    stdin?.write("still heard\n");
    let text = "";
    for await (const { data } of output) {
      text += Buffer.from(data).toString("utf8");
      if (text === "since the crash\nstill heard\n") break;
    }
    await test.engine.containers.kill(id);
    expect((await ended).exitCode).toBe(0x40010004);
    expect(test.storage.mounts.get(id)).toBe(0);
  });

  it("one that cannot be asked after is kept as it is, and asked after again by the next daemon", async () => {
    const first = await testEngine({ program: () => stubborn });
    const id = await first.create();
    await first.engine.containers.start(id);
    const second = first.crash();
    second.runtime.before("restore", () => {
      throw new UnavailableError("HCS does not answer", { op: "system.open" });
    });
    await second.engine.start();
    expect((await second.engine.containers.inspect(id)).state).toMatchObject({
      status: "exited",
      exitCode: 255,
      error: "whether it still runs could not be found out: HCS does not answer",
    });
    expect(second.storage.mounts.get(id)).toBe(1);
    test = second.crash();
    await test.engine.start();
    expect(test.runtime.calls).toContain(`restore ${id}`);
    expect(test.storage.mounts.get(id)).toBe(0);
  });

  it("one that was to be removed by itself is removed, and a removal cut short is finished", async () => {
    const first = await testEngine({ program: () => stubborn });
    const byItself = await first.create({ hostConfig: { AutoRemove: true } });
    const neverRan = await first.create({ hostConfig: { AutoRemove: true } });
    await first.engine.containers.start(byItself);
    const halfGone = await first.create();
    await hangInRemoval(first, halfGone);
    test = first.crash();
    await test.engine.start();
    expect((await test.engine.containers.list({ all: true })).map(({ id }) => id)).toEqual([neverRan]);
  });

  it("a removal that still fails keeps neither the engine nor other containers", async () => {
    const first = await testEngine();
    const id = await first.create();
    await hangInRemoval(first, id);
    test = first.crash();
    test.storage.before("removeScratch", () => {
      throw new UnavailableError("access denied", { op: "scratch.remove" });
    });
    await test.engine.start();
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "dead", error: "access denied" });
    const second = test;
    test = second.crash();
    await test.engine.start();
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
  });

  it.each([
    ["always", 255, true],
    ["unless-stopped", 255, true],
    ["on-failure", 255, true],
    ["no", 255, false],
  ] as const)("the policy %s starts it again: %s %s", async (Name, _code, isStarted) => {
    const first = await testEngine({ program: () => waits });
    const id = await first.create({ hostConfig: { RestartPolicy: { Name } } });
    await first.engine.containers.start(id);
    test = first.crash();
    await test.engine.start();
    while (isStarted && test.runtime.live.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(test.runtime.live).toEqual(isStarted ? [id] : []);
  });
});

describe("an orderly end", () => {
  it("stops every container at the same time, and the next daemon finds their true ends", async () => {
    const first = await testEngine({ program: ({ env }) => (env?.includes("STUBBORN=1") ? stubborn : waits) });
    const polite = await first.create();
    const rude = await first.create({ config: { Env: ["STUBBORN=1"], StopTimeout: 3600 } });
    for (const id of [polite, rude]) await first.engine.containers.start(id);
    const events = textOfEvents(first);
    const closing = first.engine.close();
    await first.clock.sleeping(10_000);
    first.clock.advance(11_000);
    await closing;
    expect(first.runtime.live).toEqual([]);
    expect([...first.storage.mounts.values()]).toEqual([0, 0]);
    expect((await events).filter((action) => action === "die")).toHaveLength(2);
    await expect(first.engine.containers.start(polite)).rejects.toThrow("the engine is closing");
    test = first.crash();
    await test.engine.start();
    expect((await test.engine.containers.inspect(polite)).state).toMatchObject({ status: "exited", exitCode: 0, error: "" });
    expect((await test.engine.containers.inspect(rude)).state.exitCode).toBe(0x40010004);
  });

  it("keeps the engine's id", async () => {
    const first = await testEngine();
    const { id } = await first.engine.info();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await readFile(path.join(first.root, "engine-id"), "utf8")).trim()).toBe(id);
    await first.engine.close();
    test = first.crash();
    await test.engine.start();
    expect((await test.engine.info()).id).toBe(id);
  });
});

/** Begins a removal that gets as far as the scratch, and no further. */
async function hangInRemoval({ engine, storage }: TestEngine, id: string): Promise<void> {
  const reached = Promise.withResolvers<void>();
  storage.before("removeScratch", () => {
    reached.resolve();
    return new Promise(() => {});
  });
  void engine.containers.remove(id);
  await reached.promise;
}

async function textOfEvents({ engine }: TestEngine): Promise<string[]> {
  const actions: string[] = [];
  for await (const { action } of engine.events()) actions.push(action);
  return actions;
}
