import { type RestartPolicy, UnavailableError } from "@oriel/contracts";
import type { FakeContainerProgram } from "@oriel/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { nextRestartDelay, shouldRestart } from "../src/containers/restart-policy.ts";
import { gate } from "./gate.ts";
import { noteEvents, prints, stubborn, type TestEngine, testEngine } from "./test-engine.ts";

describe("the decision to restart", () => {
  const run = { exitCode: 1, stoppedByUser: false, restartCount: 0 };
  const policy = (Name: RestartPolicy["Name"], MaximumRetryCount = 0): RestartPolicy => ({ Name, MaximumRetryCount });

  it.each([
    [undefined, run, false],
    [policy(""), run, false],
    [policy("no"), run, false],
    [policy("always"), { ...run, exitCode: 0 }, true],
    [policy("always"), { ...run, stoppedByUser: true }, false],
    [policy("unless-stopped"), run, true],
    [policy("on-failure"), run, true],
    [policy("on-failure"), { ...run, exitCode: 0 }, false],
    [policy("on-failure", 2), { ...run, restartCount: 1 }, true],
    [policy("on-failure", 2), { ...run, restartCount: 2 }, false],
  ])("of %j after %j is %s", (given, ended, expected) => {
    expect(shouldRestart(given, ended)).toBe(expected);
  });

  it("waits longer each time, up to a minute, and begins anew after a run that held", () => {
    const delays: number[] = [];
    for (let delay = 0, round = 0; round < 12; round += 1) {
      delay = nextRestartDelay(delay, 5);
      delays.push(delay);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
    expect(nextRestartDelay(60_000, 10_000)).toBe(100);
  });
});

describe("a container with a restart policy", () => {
  let test: TestEngine;
  afterEach(() => test.dispose());

  it("that the limit of memory has ended is OOMKilled, with an event before its end, and is started again on failure", async () => {
    let runs = 0;
    const program: FakeContainerProgram = async ({ outOfMemory, asked }) => {
      runs += 1;
      if (runs > 1) return asked.then(() => 0);
      outOfMemory();
      return 137;
    };
    test = await testEngine({ program: () => program });
    const { containers } = test.engine;
    const events = noteEvents(test.engine);
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "on-failure" } } });
    const ended = containers.wait(id, "next-exit");
    await containers.start(id);
    expect((await ended).exitCode).toBe(137);
    expect((await containers.inspect(id)).state).toMatchObject({ status: "restarting", exitCode: 137, oomKilled: true });
    await test.clock.sleeping(100);
    test.clock.advance(101);
    await expect.poll(async () => (await containers.inspect(id)).state.status).toBe("running");
    expect((await containers.inspect(id)).state.oomKilled).toBe(false);
    await containers.stop(id);
    await test.engine.close();
    expect(events.actions().slice(0, 5)).toEqual(["create", "start", "oom", "die", "start"]);
  });

  it("is started again after its delay, is counted, and stops at its maximum", async () => {
    test = await testEngine({ program: () => prints("try\n", 3) });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } } });
    let ended = containers.wait(id, "next-exit");
    await containers.start(id);
    for (const delay of [100, 200]) {
      await ended;
      await test.clock.sleeping(delay);
      expect((await containers.inspect(id)).state.status).toBe("restarting");
      ended = containers.wait(id, "next-exit");
      test.clock.advance(delay + 1);
    }
    await ended;
    expect(await containers.inspect(id)).toMatchObject({ restartCount: 2, state: { status: "exited", exitCode: 3 } });
    const again = containers.wait(id, "next-exit");
    await containers.start(id);
    await again;
    // The user's start counts anew; that run's end is followed by the first restart.
    expect(await containers.inspect(id)).toMatchObject({ restartCount: 1, state: { status: "restarting" } });
  });

  it("keeps the end of its last run while it runs again, by its policy or by the user", async () => {
    let runs = 0;
    test = await testEngine({ program: () => (runs++ === 0 ? prints("", 1) : stubborn) });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
    await containers.start(id);
    await test.clock.sleeping(100);
    const firstEnd = (await containers.inspect(id)).state.finishedAt;
    expect(firstEnd).toBeInstanceOf(Date);
    test.clock.advance(101);
    await expect.poll(async () => (await containers.inspect(id)).state.status).toBe("running");
    expect((await containers.inspect(id)).state.finishedAt).toEqual(firstEnd);
    await containers.kill(id, "KILL");
    const secondEnd = (await containers.inspect(id)).state.finishedAt;
    await containers.start(id);
    expect((await containers.inspect(id)).state).toMatchObject({ status: "running", finishedAt: secondEnd });
    await containers.kill(id, "KILL");
  });

  it("whose restart finds no space on the disk is restarting until there is some, and runs then", async () => {
    let runs = 0;
    test = await testEngine({ program: () => (runs++ === 0 ? prints("", 1) : stubborn) });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
    await containers.start(id);
    for (const delay of [100, 200]) {
      test.storage.before("mountScratch", () => {
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      });
      await test.clock.sleeping(delay);
      expect((await containers.inspect(id)).state).toMatchObject({ status: "restarting" });
      test.clock.advance(delay + 1);
    }
    // Space is there, but it came in the midst of the start: that fails in words that do not say so.
    test.storage.before("mountScratch", () => {
      throw new UnavailableError("no connection", { op: "test.mount" });
    });
    await test.clock.sleeping(400);
    test.clock.advance(401);
    await test.clock.sleeping(800);
    test.clock.advance(801);
    await vi.waitFor(async () => expect((await containers.inspect(id)).state.status).toBe("running"));
    expect(await containers.inspect(id)).toMatchObject({ restartCount: 1, state: { error: "" } });
  });

  it.each(["stop", "remove", "kill"] as const)("that is restarting is not started again after the user's %s", async (action) => {
    test = await testEngine({ program: () => prints("", 1) });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
    await containers.start(id);
    await test.clock.sleeping(100);
    if (action === "remove") await containers.remove(id, { force: true });
    else await containers[action](id);
    const starts = test.runtime.calls.filter((call) => call.startsWith("start")).length;
    test.clock.advance(200);
    await test.engine.close();
    expect(test.runtime.calls.filter((call) => call.startsWith("start"))).toHaveLength(starts);
  });

  it("that the user stopped stays down, and that the user starts runs at once", async () => {
    test = await testEngine({ program: () => stubborn });
    const { containers } = test.engine;
    const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
    await containers.start(id);
    await containers.kill(id);
    expect((await containers.inspect(id)).state.status).toBe("exited");
    await containers.start(id);
    expect((await containers.inspect(id)).state.status).toBe("running");
  });

  it("that was stopped by the engine's end runs again with the next engine; one that the user stopped only with always", async () => {
    const first = await testEngine({ program: () => stubborn });
    const create = (Name: RestartPolicy["Name"]) => first.create({ hostConfig: { RestartPolicy: { Name } } });
    const [always, unless, stopped] = [await create("always"), await create("unless-stopped"), await create("unless-stopped")];
    for (const id of [always, unless, stopped]) await first.engine.containers.start(id);
    await first.engine.containers.kill(always);
    await first.engine.containers.kill(stopped);
    const closing = first.engine.close();
    await first.clock.sleeping(10_000);
    first.clock.advance(11_000);
    await closing;
    test = first.crash();
    await test.engine.start();
    while (test.runtime.calls.filter((call) => call.startsWith("start")).length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect([...test.runtime.live].sort()).toEqual([always, unless].sort());
  });
});

describe("a container between two runs of its policy", () => {
  let test: TestEngine;
  afterEach(() => test.dispose());

  /** A container whose first run failed, and whose second has not begun. */
  async function restarting(policy: RestartPolicy = { Name: "always" }): Promise<string> {
    test = await testEngine({ program: () => prints("try\n", 3) });
    const id = await test.create({ name: "web", hostConfig: { RestartPolicy: policy } });
    await test.engine.containers.start(id);
    await test.clock.sleeping(100);
    return id;
  }

  it("is restarting: inspect has the last run's end and no process, ps shows it, filters know it, and info counts it as stopped", async () => {
    const id = await restarting();
    const { containers } = test.engine;
    const { state, restartCount } = await containers.inspect(id);
    expect(state).toMatchObject({ status: "restarting", exitCode: 3, pid: 0, error: "" });
    expect([state.startedAt, state.finishedAt]).toEqual([expect.any(Date), expect.any(Date)]);
    expect(restartCount).toBe(1);
    const idsWith = async (filters: Record<string, string[]>) => (await containers.list({ filters })).map((found) => found.id);
    expect(await idsWith({})).toEqual([id]);
    expect(await idsWith({ status: ["restarting"] })).toEqual([id]);
    expect(await idsWith({ status: ["running", "exited"] })).toEqual([]);
    expect(await idsWith({ exited: ["3"] })).toEqual([]);
    expect((await test.engine.info()).containers).toEqual({ total: 1, running: 0, paused: 0, stopped: 1 });
  });

  it("refuses what needs a process, in dockerd's words", async () => {
    const id = await restarting();
    const { containers, execs } = test.engine;
    const refusal = { code: "Conflict", message: `Container ${id} is restarting, wait until the container is running` };
    await expect(execs.create(id, { Cmd: ["x"] })).rejects.toMatchObject(refusal);
    await expect(containers.pause(id)).rejects.toMatchObject(refusal);
    await expect(containers.processes(id)).rejects.toMatchObject(refusal);
    const streams = { stdin: false, stdout: true, stderr: true, stream: true };
    await expect(containers.attach(id, streams)).rejects.toThrow(`container ${id} is restarting, wait until the container is running`);
    await expect(containers.changes(id)).rejects.toThrow("Windows does not support diff of a running container");
    await expect(containers.commit(id)).rejects.toThrow("windows does not support commit of a running container");
    expect(await containers.stats(id)).toMatchObject({ usage: undefined });
  });

  it("is not removed without force, nor pruned", async () => {
    const id = await restarting();
    await expect(test.engine.containers.remove(id)).rejects.toMatchObject({
      code: "Conflict",
      message: 'cannot remove container "/web": container is restarting: stop the container before removing or force remove',
    });
    expect(await test.engine.containers.prune()).toEqual([]);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("restarting");
  });

  it("is started no sooner by a start, which changes nothing", async () => {
    const id = await restarting();
    expect(await test.engine.containers.start(id)).toEqual({ changed: false });
    expect(test.runtime.calls.filter((call) => call.startsWith("start"))).toHaveLength(1);
  });

  it.each([
    ["stop", ["stop"]],
    ["kill", []],
  ] as const)("has exited after %s, without a signal, and those who wait for it are notified", async (action, actions) => {
    const id = await restarting();
    const events = noteEvents(test.engine);
    const [notRunning, next] = [test.engine.containers.wait(id, "not-running"), test.engine.containers.wait(id, "next-exit")];
    await test.engine.containers[action](id);
    expect(await Promise.all([notRunning, next])).toEqual([
      { exitCode: 3, error: "" },
      { exitCode: 3, error: "" },
    ]);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", exitCode: 3 });
    expect(test.runtime.calls.filter((call) => call.startsWith("signal"))).toEqual([]);
    await test.engine.close();
    expect(events.actions()).toEqual(actions);
  });

  it("is waited for until the end of its next run", async () => {
    const id = await restarting({ Name: "on-failure", MaximumRetryCount: 1 });
    const ended = test.engine.containers.wait(id, "not-running");
    test.clock.advance(101);
    expect(await ended).toEqual({ exitCode: 3, error: "" });
    expect(await test.engine.containers.inspect(id)).toMatchObject({ restartCount: 1, state: { status: "exited" } });
  });

  it("has exited, with the reason, when the policy's start fails", async () => {
    const id = await restarting();
    test.runtime.before("create", () => {
      throw new UnavailableError("HCS does not answer", { op: "system.create" });
    });
    const ended = test.engine.containers.wait(id, "not-running");
    test.clock.advance(101);
    expect(await ended).toEqual({ exitCode: 128, error: "HCS does not answer" });
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "exited", error: "HCS does not answer" });
  });

  it("is restarting until its process runs, and a stop gives up a start of its policy that hangs", async () => {
    const id = await restarting();
    const host = gate();
    test.runtime.before("create", host.pass);
    test.clock.advance(101);
    await host.reached;
    expect((await test.engine.containers.inspect(id)).state.status).toBe("restarting");
    expect(await test.engine.containers.start(id)).toEqual({ changed: false });
    expect(await test.engine.containers.stop(id)).toEqual({ changed: true });
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
    host.open();
    await test.engine.containers.remove(id);
    expect(await test.storage.listScratches()).toEqual([]);
  });

  it("is started by the next daemon after a crash, and after an orderly end", async () => {
    for (const isOrderly of [false, true]) {
      const id = await restarting();
      if (isOrderly) await test.engine.close();
      const next = test.crash();
      await next.engine.start();
      if (!isOrderly) {
        expect((await next.engine.containers.inspect(id)).state.status).toBe("restarting");
        next.clock.advance(1);
      }
      const hasStarted = (): boolean => next.runtime.calls.includes(`start ${id}`);
      while (!hasStarted()) await new Promise((resolve) => setImmediate(resolve));
      await next.dispose();
      test = next;
    }
  });
});
