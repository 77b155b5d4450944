import { setImmediate as nextTurn } from "node:timers/promises";
import { HCS, HcsNotification, TERMINATED_EXIT_CODE, UnavailableError } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { commands, hyperVSpecOf, setUp, shortDeadlines, specOf } from "./fixture.ts";

let test: ReturnType<typeof setUp>;

afterEach(async () => {
  await nextTurn();
  expect(test.leftovers()).toEqual([]);
});

async function started(commandLine: string, options: Parameters<typeof setUp>[0] = {}) {
  test = setUp(options);
  await test.runtime.create({ id: "c1", spec: specOf(commandLine) });
  const init = await test.runtime.start("c1");
  init.stdout.resume();
  init.stderr?.resume();
  return { ...test, init };
}

const upToStart = [
  "HcsCreateComputeSystem",
  "HcsRegisterComputeSystemCallback",
  "HcsGetComputeSystemProperties",
  "HcsStartComputeSystem",
  "HcsCreateProcess",
];
const closeProcess = ["HcsGetProcessProperties", "HcsUnregisterProcessCallback", "HcsCloseProcess"];
const closeSystem = ["HcsUnregisterComputeSystemCallback", "HcsCloseComputeSystem"];

describe("the calls of a container's life", () => {
  it("are those of the recorded dockerd for a program that ends by itself", async () => {
    const { fake, init, runtime } = await started(commands.echoStdin);
    await init.closeStdin();
    await init.exit;
    await runtime.delete("c1");
    expect(fake.calls()).toEqual([
      ...upToStart,
      "HcsRegisterProcessCallback",
      "HcsModifyProcess",
      ...closeProcess,
      "HcsShutdownComputeSystem",
      ...closeSystem,
    ]);
  });

  it.each([
    ["SIGKILL", "HcsTerminateComputeSystem"],
    ["SIGTERM", "HcsShutdownComputeSystem"],
  ])("are those of the recorded dockerd for %s", async (signal, call) => {
    const { fake, init, runtime } = await started(commands.runLong);
    await runtime.signal("c1", "init", signal);
    expect((await init.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
    await runtime.delete("c1");
    expect(fake.calls()).toEqual([...upToStart, "HcsRegisterProcessCallback", call, ...closeProcess, ...closeSystem]);
  });

  it("are those of the recorded dockerd for a program that does not exist", async () => {
    test = setUp();
    const { runtime, fake } = test;
    await runtime.create({ id: "c1", spec: specOf(commands.missing) });
    await expect(runtime.start("c1")).rejects.toMatchObject({
      code: "NotFound",
      message: expect.stringMatching(
        /^container c1 encountered an error during hcs::System::CreateProcess: nosuch\.exe: failure in a Windows/,
      ),
    });
    expect(fake.calls()).toEqual([...upToStart, "HcsShutdownComputeSystem", ...closeSystem]);
  });
});

describe("the end of a container", () => {
  it("is a termination when the shutdown is refused; the exit code is kept", async () => {
    const { fake, init, runtime } = await started("exit 7", { programs: {} });
    fake.inject({ call: "HcsShutdownComputeSystem", fail: HCS.CONNECTION_CLOSED });
    const exit = await init.exit;
    expect(exit.exitCode).toBe(7);
    expect(exit.error).toBeUndefined();
    expect(fake.calls()).toContain("HcsTerminateComputeSystem");
    await runtime.delete("c1");
  });

  it("is a termination when the shutdown has no effect in time", async () => {
    const { fake, init, runtime } = await started(commands.echoStdin, { deadlines: shortDeadlines });
    const { compute } = fake.raw;
    compute.HcsShutdownComputeSystem = async () => ({ hresult: HCS.OPERATION_PENDING, result: null });
    await init.closeStdin();
    expect((await init.exit).exitCode).toBe(0);
    expect(fake.calls()).toContain("HcsTerminateComputeSystem");
    await runtime.delete("c1");
  });

  it("keeps the exit code when a handle does not close, and reports that beside it", async () => {
    const { fake, init, runtime } = await started("exit 9");
    fake.inject({ call: "HcsCloseComputeSystem", nth: 1, fail: HCS.CONNECTION_CLOSED });
    const exit = await init.exit;
    expect(exit).toMatchObject({ exitCode: 9, error: { hresult: HCS.CONNECTION_CLOSED, op: "hcs::System::Close" } });
    await runtime.delete("c1");
    // The fake refused to close it; close it for good.
    for (let handle = 0x100n; handle < 0x200n; handle += 4n) await fake.raw.compute.HcsCloseComputeSystem(handle as never);
  });

  it("comes by a crash of the system too", async () => {
    const { fake, init, runtime } = await started(commands.runLong);
    fake.crash("c1");
    expect((await init.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
    expect(runtime.status("c1")).toBe("stopped");
    await runtime.delete("c1");
  });

  it("is hastened by SIGKILL while the container shuts down", async () => {
    const { fake, init, runtime } = await started(commands.echoStdin);
    fake.raw.compute.HcsShutdownComputeSystem = async () => ({ hresult: HCS.OPERATION_PENDING, result: null });
    await runtime.signal("c1", "init", "SIGTERM");
    await init.closeStdin();
    await expect.poll(() => fake.calls()).toContain("HcsCloseProcess");
    await runtime.signal("c1", "init", "SIGKILL");
    expect((await init.exit).exitCode).toBe(0);
    await runtime.delete("c1");
  });
});

describe("deleting a container", () => {
  it("while it is created waits for that", async () => {
    test = setUp();
    test.fake.inject({ call: "HcsCreateComputeSystem", delay: 10 });
    const creating = test.runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    await test.runtime.delete("c1");
    await creating;
    expect(test.runtime.status("c1")).toBeUndefined();
  });

  it("while it starts makes the start fail", async () => {
    test = setUp();
    const { fake, runtime } = test;
    await runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    fake.inject({ call: "HcsCreateProcess", delay: 10 });
    const starting = expect(runtime.start("c1")).rejects.toMatchObject({ code: expect.stringMatching(/FailedPrecondition|NotFound/) });
    await runtime.delete("c1");
    await starting;
  });

  it("says so when it cannot be ended, keeps the record, and ends it when asked again", async () => {
    const { fake, journal, init, runtime } = await started(commands.runLong, { deadlines: shortDeadlines });
    fake.inject({ call: "HcsTerminateComputeSystem", fail: HCS.CONNECTION_CLOSED });
    await expect(runtime.delete("c1")).rejects.toMatchObject({ hresult: HCS.CONNECTION_CLOSED });
    expect(journal.list()).toMatchObject([{ kind: "compute-system", id: "c1" }]);
    expect((await init.exit).error).toBeDefined();
    await expect(runtime.create({ id: "c1", spec: specOf(commands.runLong) })).rejects.toMatchObject({ code: "AlreadyExists" });
    expect(journal.list()).toHaveLength(1);
    fake.clearFaults();
    await runtime.delete("c1");
  });
});

describe("the journal", () => {
  it("has the compute system before it is made, and its process once it runs", async () => {
    test = setUp();
    const { fake, journal, runtime } = test;
    const { compute } = fake.raw;
    const create = compute.HcsCreateComputeSystem;
    const seen: unknown[] = [];
    compute.HcsCreateComputeSystem = (...args) => {
      seen.push(...journal.list());
      return create(...args);
    };
    await runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    expect(seen).toMatchObject([{ kind: "compute-system", id: "c1", data: { owner: "oriel" } }]);
    const init = await runtime.start("c1");
    expect(journal.list()).toMatchObject([{ id: "c1", data: { owner: "oriel", pid: init.pid } }]);
    await runtime.delete("c1");
    expect(journal.list()).toEqual([]);
  });

  it("keeps the record of a creation that did not answer until it is undone", async () => {
    test = setUp({ deadlines: shortDeadlines });
    const { fake, journal, runtime } = test;
    fake.inject({ call: "HcsCreateComputeSystem", hang: true });
    await expect(runtime.create({ id: "c1", spec: specOf(commands.runLong) })).rejects.toMatchObject({ code: "DeadlineExceeded" });
    await runtime.delete("c1");
    expect(journal.list()).toHaveLength(1);
    fake.releaseHung();
    await expect.poll(() => journal.list()).toEqual([]);
  });

  it("keeps an id until a creation that did not answer is undone; whoever asks for it waits", async () => {
    test = setUp({ deadlines: shortDeadlines });
    const { fake, runtime } = test;
    fake.inject({ call: "HcsCreateComputeSystem", nth: 1, hang: true });
    const create = () => runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    await expect(create()).rejects.toMatchObject({ code: "DeadlineExceeded" });
    await expect(create()).rejects.toMatchObject({ code: "DeadlineExceeded", message: expect.stringContaining("former creation") });
    const third = create();
    fake.releaseHung();
    await third;
    expect(runtime.status("c1")).toBe("created");
    await runtime.delete("c1");
  });

  it("does not keep a container from running when it cannot be written to at the start", async () => {
    test = setUp();
    const { journal, runtime } = test;
    await runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    journal.record = () => {
      throw new Error("disk full");
    };
    await runtime.start("c1");
    await runtime.delete("c1");
  });
});

describe("a caller's signal", () => {
  it("gives a creation up, and leaves nothing", async () => {
    test = setUp();
    test.fake.inject({ notification: HcsNotification.SystemStartCompleted, effect: "lose" });
    const controller = new AbortController();
    const creating = expect(
      test.runtime.create({ id: "c1", spec: specOf(commands.runLong), signal: controller.signal }),
    ).rejects.toMatchObject({ code: "Unavailable" });
    await expect.poll(() => test.fake.calls()).toContain("HcsStartComputeSystem");
    controller.abort();
    await creating;
    expect(test.runtime.status("c1")).toBeUndefined();
  });

  it.each(["HcsCreateComputeSystem", "HcsStartComputeSystem", "HcsCreateProcess"])(
    "ends a start that hangs in %s without waiting for the host, and what the host makes late is undone",
    async (call) => {
      test = setUp();
      const { fake, runtime, leftovers } = test;
      fake.inject({ call, nth: 1, hang: true });
      const controller = new AbortController();
      const { signal } = controller;
      const starting = (async () => {
        await runtime.create({ id: "c1", spec: specOf(commands.runLong), signal });
        await runtime.start("c1", { signal });
      })();
      await expect.poll(() => fake.hung()).toBe(1);
      controller.abort(new UnavailableError("stopped", { op: "test" }));
      await expect(starting).rejects.toThrow("stopped");
      await runtime.delete("c1");
      fake.releaseHung();
      await expect.poll(() => leftovers("c1")).toEqual([]);
      await runtime.create({ id: "c1", spec: specOf(commands.exitWith(3)) });
      const init = await runtime.start("c1");
      expect((await init.exit).exitCode).toBe(3);
      await runtime.delete("c1");
    },
  );
});

describe("a container that is terminated while the host does not return from its shutdown", () => {
  it("has its exit without waiting for that, and the shutdown is no error", async () => {
    test = setUp();
    const { fake, runtime, leftovers } = test;
    await runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    const init = await runtime.start("c1");
    fake.inject({ call: "HcsShutdownComputeSystem", hang: true });
    const stopping = runtime.signal("c1", "init", "SIGTERM");
    await expect.poll(() => fake.hung()).toBe(1);
    await runtime.signal("c1", "init", "SIGKILL");
    await init.exit;
    await stopping;
    expect(fake.hung()).toBe(1);
    fake.releaseHung();
    await runtime.delete("c1");
    await expect.poll(() => leftovers("c1")).toEqual([]);
  });
});

describe("a container that ends while the host does not return from an exec", () => {
  it("has its exit without waiting for it, and the exec is given up", async () => {
    test = setUp();
    const { fake, runtime, leftovers } = test;
    await runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    const init = await runtime.start("c1");
    fake.inject({ call: "HcsCreateProcess", hang: true });
    const exec = expect(runtime.exec("c1", "e1", { user: {}, cwd: "", commandLine: commands.runLong })).rejects.toThrow("ended meanwhile");
    await expect.poll(() => fake.hung()).toBe(1);
    await runtime.signal("c1", "init", "SIGKILL");
    await init.exit;
    await exec;
    fake.releaseHung();
    await runtime.delete("c1");
    await expect.poll(() => leftovers("c1")).toEqual([]);
  });
});

describe("a host that does not say what a layer is", () => {
  it("is DeadlineExceeded before anything is made", async () => {
    test = setUp({ deadlines: shortDeadlines });
    test.fake.raw.layers.NameToGuid = () => new Promise(() => undefined);
    await expect(test.runtime.create({ id: "c1", spec: specOf(commands.runLong) })).rejects.toMatchObject({
      code: "DeadlineExceeded",
      message: "NameToGuid: the host did not answer within 0.3 s",
    });
    expect(test.fake.calls()).toEqual([]);
  });

  it("passes the host's reason on", async () => {
    test = setUp();
    test.fake.raw.layers.NameToGuid = async () => ({ hresult: 0x80070005, guid: "" });
    await expect(test.runtime.create({ id: "c1", spec: specOf(commands.runLong) })).rejects.toMatchObject({
      code: "PermissionDenied",
      message: expect.stringContaining("layer C:\\layers\\base encountered an error during NameToGuid"),
    });
  });
});

describe("what is asked too early", () => {
  it("a signal before the start is refused", async () => {
    test = setUp();
    await test.runtime.create({ id: "c1", spec: specOf(commands.runLong) });
    await expect(test.runtime.signal("c1", "init", "SIGKILL")).rejects.toMatchObject({ code: "FailedPrecondition" });
    await test.runtime.delete("c1");
  });
});

describe("pausing", () => {
  async function virtual(options: Parameters<typeof setUp>[0] = {}) {
    test = setUp(options);
    const { runtime } = test;
    const told: string[] = [];
    runtime.onEvent(({ kind }) => void told.push(kind));
    await runtime.create({ id: "c1", spec: hyperVSpecOf(commands.runLong) });
    const init = await runtime.start("c1");
    init.stdout.resume();
    init.stderr?.resume();
    return { ...test, init, told };
  }

  it("is what the host says when the notification of it got lost", async () => {
    const { fake, runtime, told } = await virtual({ deadlines: shortDeadlines });
    fake.inject({ notification: HcsNotification.SystemPauseCompleted, effect: "lose" });
    await runtime.pause("c1");
    expect(runtime.status("c1")).toBe("paused");
    await expect.poll(() => told).toEqual(["created", "started", "paused"]);
    await runtime.delete("c1");
  });

  it("fails with the deadline's error when the call hangs, and what it does late can be undone by resuming", async () => {
    const { fake, runtime, told } = await virtual({ deadlines: shortDeadlines });
    fake.inject({ call: "HcsPauseComputeSystem", nth: 1, hang: true });
    await expect(runtime.pause("c1")).rejects.toMatchObject({ code: "DeadlineExceeded" });
    expect(runtime.status("c1")).toBe("running");
    fake.releaseHung();
    await nextTurn();
    await runtime.resume("c1");
    expect(runtime.status("c1")).toBe("running");
    await expect.poll(() => told).toEqual(["created", "started", "paused", "resumed"]);
    await runtime.delete("c1");
  });

  it("takes over what another client of the service did", async () => {
    const { fake, runtime, told } = await virtual();
    const { system } = await fake.raw.compute.HcsOpenComputeSystem("c1");
    await runtime.pause("c1");
    await fake.raw.compute.HcsResumeComputeSystem(system, "");
    await runtime.pause("c1");
    await fake.raw.compute.HcsCloseComputeSystem(system);
    await expect.poll(() => told).toEqual(["created", "started", "paused", "resumed", "paused"]);
    await runtime.delete("c1");
  });

  it("fails when the container ends meanwhile, which is told once", async () => {
    const { fake, runtime, init, told } = await virtual();
    fake.inject({ call: "HcsPauseComputeSystem", nth: 1, hang: true });
    const pausing = expect(runtime.pause("c1")).rejects.toMatchObject({ code: "FailedPrecondition" });
    await runtime.signal("c1", "init", "SIGKILL");
    fake.releaseHung();
    await Promise.all([pausing, init.exit]);
    await expect.poll(() => told).toEqual(["created", "started", "exit"]);
    await runtime.delete("c1");
  });
});

describe("a service that goes away", () => {
  it("ends what is known of a container, with an error; the container itself goes when it is deleted", async () => {
    const { fake, runtime, init } = await started(commands.runLong);
    const told: string[] = [];
    runtime.onEvent(({ kind }) => void told.push(kind));
    fake.disconnect();
    expect((await init.exit).error).toMatchObject({ code: "Unavailable" });
    await expect.poll(() => told).toEqual(["exit"]);
    await runtime.delete("c1");
    await expect.poll(() => fake.systems.size).toBe(0);
  });
});
