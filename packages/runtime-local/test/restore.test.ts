import { setImmediate as nextTurn } from "node:timers/promises";
import { type ContainerRuntime, type RuntimeEvent, TERMINATED_EXIT_CODE } from "@oriel/contracts";
import { eventLines } from "@oriel/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { commands, hyperVSpecOf, setUp, specOf } from "./fixture.ts";

/** What `restore` and all that follows tell, a line each. */
function listen({ runtime }: { readonly runtime: ContainerRuntime }) {
  const events: RuntimeEvent[] = [];
  runtime.onEvent((event) => void events.push(event));
  return { events, told: () => eventLines(events) };
}

/** A container that a runtime started, whose process of the engine is gone: nobody holds its handles. */
async function left(commandLine: string, { started = true, hyperV = false } = {}) {
  const test = setUp();
  const { compute } = test.fake.raw;
  const spec = hyperV ? hyperVSpecOf(commandLine) : specOf(commandLine);
  const document = { SystemType: "Container", Name: "c1", Owner: "oriel", Layers: [], HvPartition: hyperV };
  const { system } = await compute.HcsCreateComputeSystem("c1", JSON.stringify(document), 0n);
  await compute.HcsStartComputeSystem(system, "");
  let pid: number | undefined;
  if (started) {
    const made = await compute.HcsCreateProcess(system, JSON.stringify({ CommandLine: commandLine, ConsoleSize: [0, 0] }));
    pid = made.information.processId;
    await compute.HcsCloseProcess(made.process);
  }
  await compute.HcsCloseComputeSystem(system);
  test.journal.record("compute-system", "c1", { owner: "oriel", ...(pid === undefined ? {} : { pid }) });
  return { ...test, spec, pid };
}

let test: Awaited<ReturnType<typeof left>>;

afterEach(async () => {
  await nextTurn();
  expect(test.leftovers()).toEqual([]);
});

describe("after a restart of the engine", () => {
  it("a container that runs is taken over: input, output, exit and signals work", async () => {
    test = await left(commands.echoStdin);
    const { told } = listen(test);
    const restored = await test.runtime.restore("c1", test.spec);
    if (restored.outcome !== "adopted") throw new Error(restored.reason);
    const { init } = restored;
    expect(init.pid).toBe(test.pid);
    expect(told()).toEqual([]);
    expect(test.runtime.status("c1")).toBe("running");
    const output = new Promise((resolve) => init.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    init.stdin.write("hello");
    expect(await output).toBe("hello");
    init.stderr?.resume();
    const exec = await test.runtime.exec("c1", "e1", { user: {}, cwd: "", commandLine: commands.exitWith(3) });
    expect((await exec.exit).exitCode).toBe(3);
    await expect(test.runtime.start("c1")).rejects.toMatchObject({ code: "FailedPrecondition" });
    await init.closeStdin();
    expect((await init.exit).exitCode).toBe(0);
    await expect.poll(told).toEqual(["exec-added e1", "exec-started e1", "exit e1 3", "exit init 0"]);
    exec.stdout.destroy();
    exec.stderr?.destroy();
    await test.runtime.delete("c1");
  });

  it("asking a second time answers the same", async () => {
    test = await left(commands.runLong);
    const [first, second] = [await test.runtime.restore("c1", test.spec), await test.runtime.restore("c1", test.spec)];
    expect(second).toEqual(first);
    await test.runtime.signal("c1", "init", "SIGKILL");
    if (first.outcome === "adopted") {
      first.init.stdout.resume();
      first.init.stderr?.resume();
      expect((await first.init.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
    }
    await test.runtime.delete("c1");
  });

  it("a container that is not there is gone, and its record too", async () => {
    test = await left(commands.runLong);
    test.fake.crash("c1");
    await expect.poll(() => test.fake.systems.size).toBe(0);
    const { events, told } = listen(test);
    expect(await test.runtime.restore("c1", test.spec)).toEqual({
      outcome: "gone",
      reason: "its compute system does not exist any more",
    });
    await expect.poll(told).toEqual(["exit init 4294967295"]);
    expect(events).toMatchObject([{ pid: test.pid, exit: { error: { code: "Unavailable", resource: "c1" } } }]);
  });

  it("the exit of a container that is gone is told once by each process of the engine, until one has written it down", async () => {
    test = await left(commands.runLong);
    test.fake.crash("c1");
    await expect.poll(() => test.fake.systems.size).toBe(0);
    for (const runtime of [test.runtime, test.newRuntime()]) {
      const { told } = listen({ runtime });
      await runtime.restore("c1", test.spec);
      await runtime.restore("c1", test.spec);
      await nextTurn();
      expect(told()).toEqual(["exit init 4294967295"]);
    }
  });

  it("a container that was paused is taken over as such", async () => {
    test = await left(commands.runLong, { hyperV: true });
    const { compute } = test.fake.raw;
    const { system } = await compute.HcsOpenComputeSystem("c1");
    await compute.HcsPauseComputeSystem(system, "");
    await compute.HcsCloseComputeSystem(system);
    const restored = await test.runtime.restore("c1", test.spec);
    expect(test.runtime.status("c1")).toBe("paused");
    await test.runtime.resume("c1");
    expect(test.runtime.status("c1")).toBe("running");
    if (restored.outcome === "adopted") {
      restored.init.stdout.resume();
      restored.init.stderr?.resume();
    }
    await test.runtime.delete("c1");
  });

  it("a container whose process had not started is ended", async () => {
    test = await left(commands.runLong, { started: false });
    expect(await test.runtime.restore("c1", test.spec)).toEqual({
      outcome: "gone",
      reason: "it had not started its process; its compute system was terminated",
    });
  });

  it("a container whose process has ended meanwhile is ended", async () => {
    test = await left(commands.exitWith(0));
    await nextTurn();
    const restored = await test.runtime.restore("c1", test.spec);
    expect(restored).toMatchObject({ outcome: "gone", reason: expect.stringMatching(/its process \d+ has ended; .* terminated/) });
  });

  it("a container whose pipes cannot be had again is ended, and the reason says so", async () => {
    test = await left(commands.runLong);
    test.fake.inject({ call: "HcsGetProcessInfo", fail: 0x8037011d });
    const restored = await test.runtime.restore("c1", test.spec);
    expect(restored).toMatchObject({ outcome: "gone", reason: expect.stringContaining("The process information is not available") });
  });

  it("the compute system of another owner is left alone", async () => {
    test = await left(commands.runLong);
    const { compute } = test.fake.raw;
    const get = compute.HcsGetComputeSystemProperties;
    compute.HcsGetComputeSystemProperties = async (handle, query) => {
      const answer = await get(handle, query);
      return { ...answer, properties: (answer.properties ?? "").replace('"oriel"', '"docker"') };
    };
    const restored = await test.runtime.restore("c1", test.spec);
    expect(restored).toMatchObject({ outcome: "gone", reason: expect.stringContaining("belongs to 'docker'") });
    expect(test.fake.systems.has("c1")).toBe(true);
    test.fake.crash("c1");
    await expect.poll(() => test.fake.systems.size).toBe(0);
  });

  it("a service that does not answer is an error, and nothing is ended or forgotten", async () => {
    test = await left(commands.runLong);
    for (const call of ["HcsOpenComputeSystem", "HcsGetComputeSystemProperties"]) {
      test.fake.inject({ call, fail: 0x80370114 });
      await expect(test.runtime.restore("c1", test.spec)).rejects.toMatchObject({ code: "Unavailable" });
      test.fake.clearFaults();
    }
    expect(test.journal.list()).toHaveLength(1);
    expect(test.fake.systems.has("c1")).toBe(true);
    await test.runtime.delete("c1");
  });

  it("a container that nobody restores is ended by deleting it", async () => {
    test = await left(commands.runLong);
    await test.runtime.delete("c1");
    expect(test.fake.systems.size).toBe(0);
  });
});
