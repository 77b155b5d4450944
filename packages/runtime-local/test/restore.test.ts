import { setImmediate as nextTurn } from "node:timers/promises";
import { TERMINATED_EXIT_CODE } from "@oriel/core";
import { afterEach, describe, expect, it } from "vitest";
import { commands, setUp, specOf } from "./fixture.ts";

/** A container that a runtime started, whose process of the engine is gone: nobody holds its handles. */
async function left(commandLine: string, started = true) {
  const test = setUp();
  const { compute } = test.fake.raw;
  const spec = specOf(commandLine);
  const document = { SystemType: "Container", Name: "c1", Owner: "oriel", Layers: [], HvPartition: false };
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
    const restored = await test.runtime.restore("c1", test.spec);
    if (restored.outcome !== "adopted") throw new Error(restored.reason);
    const { init } = restored;
    expect(init.pid).toBe(test.pid);
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
    expect(await test.runtime.restore("c1", test.spec)).toEqual({
      outcome: "gone",
      reason: "its compute system does not exist any more",
    });
  });

  it("a container whose process had not started is ended", async () => {
    test = await left(commands.runLong, false);
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
