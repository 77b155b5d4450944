import { HCS, HcsNotification, TERMINATED_EXIT_CODE } from "@oriel/contracts";
import { createFakeRawHcs, type FakeRawHcs } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ComputeSystem } from "../src/compute-system.ts";
import { createComputeSystem } from "../src/compute-systems.ts";
import { liveHandles } from "../src/live-handles.ts";
import { UNKNOWN_EXIT_CODE } from "../src/process-exit.ts";
import { read } from "./support.ts";

const stdio = { CreateStdInPipe: true, CreateStdOutPipe: true, CreateStdErrPipe: true, ConsoleSize: [0, 0] as [number, number] };

let fake: FakeRawHcs;
let system: ComputeSystem;

beforeEach(async () => {
  fake = createFakeRawHcs();
  const options = { timeouts: { call: 300, notification: 300 } };
  system = await createComputeSystem(fake.raw, "c1", { SystemType: "Container", Name: "c1", Layers: [], HvPartition: false }, options);
  await system.start();
});

afterEach(async () => {
  fake.releaseHung();
  fake.clearFaults();
  await system.terminate().catch(() => undefined);
  await system.close();
  expect(liveHandles()).toEqual([]);
  expect(fake.openHandles()).toBe(0);
});

const run = (CommandLine: string, options = {}) => system.createProcess({ ...stdio, CommandLine }, options);

describe("a process", () => {
  it("gives its output, its errors and its exit code", async () => {
    await using process = await run("complain oops");
    expect(await Promise.all([read(process.stdout), read(process.stderr)])).toEqual(["", "oops\r\n"]);
    expect(await process.exit).toMatchObject({ exitCode: 1 });
  });

  it.each([0, 7, 256, 0xc000013a, 0xffffffff])("returns exit code %i as an unsigned number", async (code) => {
    await using process = await run(`exit ${code}`);
    const exit = await process.exit;
    expect(exit.exitCode).toBe(code);
    expect(exit.error).toBeUndefined();
    expect(exit.exitedAt).toBeInstanceOf(Date);
  });

  it("has no streams that it was made without", async () => {
    await using process = await system.createProcess({ CommandLine: "print x", CreateStdOutPipe: true, ConsoleSize: [0, 0] });
    expect([process.stdin, process.stderr]).toEqual([null, null]);
    expect(await read(process.stdout)).toBe("x\r\n");
  });

  it("delivers what was written before its input is closed, then end of file", async () => {
    await using process = await run("cat");
    const output = read(process.stdout);
    process.stdin?.write("one\n");
    process.stdin?.write("two\n");
    await process.closeStdin();
    expect(await output).toBe("one\ntwo\n");
    expect((await process.exit).exitCode).toBe(0);
  });

  it("closes its input at once when nothing was written, with the document that HCS wants", async () => {
    await using process = await run("sleep");
    await process.closeStdin();
    expect(fake.trace.at(-1)).toMatchObject({
      name: "HcsModifyProcess",
      document: '{"Operation":"CloseHandle","CloseHandle":{"Handle":"StdIn"}}',
    });
    await process.closeStdin();
    await process.terminate();
  });

  it("closes the input of a process that has ended without an error", async () => {
    await using process = await run("exit 0");
    await process.exit;
    await process.closeStdin();
    expect(fake.calls()).not.toContain("HcsModifyProcess");
  });

  it.each([0x8037011f, 0x80070490, HCS.SYSTEM_NOT_FOUND, HCS.INVALID_STATE])(
    "takes 0x%x for success when its input is closed",
    async (hresult) => {
      fake.inject({ call: "HcsModifyProcess", nth: 1, fail: hresult });
      await using process = await run("sleep");
      await process.closeStdin();
      await process.terminate();
    },
  );

  it("does not wait for ever for a process that ends without reading its input", async () => {
    await using process = await run("sleep");
    process.stdin?.write(Buffer.alloc(1 << 20));
    const closing = process.closeStdin();
    await process.terminate();
    await closing;
    expect((await process.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
  });

  it("resizes its console, height before width", async () => {
    await using process = await run("sleep");
    await process.resize({ height: 40, width: 120 });
    expect(fake.trace.at(-1)?.document).toBe('{"Operation":"ConsoleSize","ConsoleSize":{"Height":40,"Width":120}}');
    await process.terminate();
  });

  it("ends on request, and says whether there was anything to end", async () => {
    await using process = await run("sleep");
    expect(await process.terminate()).toBe(true);
    expect((await process.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
    expect(await process.terminate()).toBe(false);
    expect(fake.calls().filter((name) => name === "HcsTerminateProcess")).toHaveLength(1);
  });

  it("is terminated through handles of their own, which are closed again", async () => {
    await using process = await run("sleep");
    const before = fake.calls().length;
    expect(await process.terminate()).toBe(true);
    const calls = fake.calls().slice(before);
    expect(calls.slice(0, 5)).toEqual([
      "HcsOpenComputeSystem",
      "HcsOpenProcess",
      "HcsTerminateProcess",
      "HcsCloseProcess",
      "HcsCloseComputeSystem",
    ]);
    await process.exit;
  });

  it("is terminated once, however often that is asked for", async () => {
    await using process = await run("sleep");
    fake.inject({ notification: HcsNotification.ProcessExited, nth: 1, effect: "lose" });
    expect(await process.terminate()).toBe(true);
    expect(await process.terminate()).toBe(true);
    expect(fake.calls().filter((name) => name === "HcsTerminateProcess")).toHaveLength(1);
    await process.exit;
  });

  it.each(["HcsOpenComputeSystem", "HcsOpenProcess"])("is terminated through its own handle when %s fails", async (call) => {
    await using process = await run("sleep");
    fake.inject({ call, nth: 1, fail: 0x8007000e });
    expect(await process.terminate()).toBe(true);
    expect((await process.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
  });

  it.each([
    ["HcsOpenComputeSystem", HCS.SYSTEM_NOT_FOUND],
    ["HcsOpenProcess", 0x80070490],
  ])("has gone when %s does not find it", async (call, fail) => {
    await using process = await run("sleep");
    fake.inject({ call, nth: 1, fail });
    expect(await process.terminate()).toBe(false);
    expect(fake.calls()).not.toContain("HcsTerminateProcess");
    await process.terminate();
    await process.exit;
  });

  it.each([0x80070005, 0xc0370110, 0x8037011f])("takes 0x%x for 'already dead' when it is terminated", async (hresult) => {
    await using process = await run("sleep");
    fake.inject({ call: "HcsTerminateProcess", nth: 1, fail: hresult });
    expect(await process.terminate()).toBe(false);
    await process.terminate();
  });

  it("passes other failures of a termination on", async () => {
    await using process = await run("sleep");
    fake.inject({ call: "HcsTerminateProcess", nth: 1, fail: 0x80070032 });
    await expect(process.terminate()).rejects.toMatchObject({
      code: "Unimplemented",
      message: expect.stringMatching(/^process \d+ in container c1 encountered an error during hcs::Process::Kill/),
    });
    await process.terminate();
  });

  it("sends console events", async () => {
    await using process = await run("sleep");
    expect(await process.signal("CtrlShutdown")).toBe(true);
    expect(fake.trace.at(-1)?.document).toBe('{"Signal":"CtrlShutdown"}');
    await process.exit;
  });

  it("keeps its output readable after it is closed", async () => {
    const process = await run("flood 10000");
    await process.exit;
    await process.close();
    expect((await read(process.stdout)).length).toBe(10_000);
    expect(await read(process.stderr)).toBe("");
    await expect.poll(() => liveHandles().filter((handle) => handle.kind === "pipe")).toEqual([]);
  });

  it("is opened by its pid, with pipes of its own, and refused for a pid that is not there", async () => {
    await using process = await run("sleep");
    const second = await system.openProcess(process.pid);
    expect(second.pid).toBe(process.pid);
    await second.terminate();
    expect((await second.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
    await second.close({ abandonOutput: true });
    await expect(system.openProcess(99)).rejects.toMatchObject({ code: "NotFound", message: expect.stringContaining("pid 99") });
  });

  it("closes what it opened when its pipes cannot be had", async () => {
    await using process = await run("sleep");
    fake.inject({ call: "HcsGetProcessInfo", nth: 1, fail: 0x8037011d });
    await expect(system.openProcess(process.pid)).rejects.toMatchObject({ symbol: "HCS_E_PROCESS_INFO_NOT_AVAILABLE" });
    await process.terminate();
  });

  it("is terminated and closed when its callback cannot be registered", async () => {
    fake.inject({ call: "HcsRegisterProcessCallback", nth: 1, fail: 0x80070005 });
    await expect(run("sleep")).rejects.toMatchObject({ code: "PermissionDenied" });
    expect(fake.calls().slice(-2)).toEqual(["HcsTerminateProcess", "HcsCloseProcess"]);
  });

  it("closes once however often it is closed", async () => {
    const process = await run("exit 0");
    await process.exit;
    await Promise.all([process.close({ abandonOutput: true }), process.close()]);
    expect(fake.calls().filter((name) => name === "HcsCloseProcess")).toHaveLength(1);
    await expect(process.status()).rejects.toMatchObject({ code: "FailedPrecondition" });
  });
});

describe("the exit of a process", () => {
  it("is -1 with the reason when its properties cannot be read", async () => {
    fake.inject({ call: "HcsGetProcessProperties", fail: 0x80070005 });
    await using process = await run("exit 3");
    const exit = await process.exit;
    expect(exit.exitCode).toBe(UNKNOWN_EXIT_CODE);
    expect(exit.error).toMatchObject({ code: "PermissionDenied" });
  });

  it("is -1 without a reason when the wait for it failed inside the service", async () => {
    const { compute } = fake.raw;
    const original = compute.HcsGetProcessProperties;
    compute.HcsGetProcessProperties = async (handle) => ({
      ...(await original(handle)),
      processProperties: JSON.stringify({ Exited: true, ExitCode: 3, LastWaitResult: -2147024891 }),
    });
    await using process = await run("exit 3");
    const exit = await process.exit;
    expect(exit).toMatchObject({ exitCode: UNKNOWN_EXIT_CODE });
    expect(exit.error).toBeUndefined();
  });

  it("settles once when it is notified twice", async () => {
    fake.inject({ notification: HcsNotification.ProcessExited, effect: "duplicate" });
    await using process = await run("exit 4");
    expect((await process.exit).exitCode).toBe(4);
    expect(fake.calls().filter((name) => name === "HcsGetProcessProperties")).toHaveLength(1);
  });

  it("is found by looking when its notification is lost and its output has ended", async () => {
    fake.inject({ notification: HcsNotification.ProcessExited, effect: "lose" });
    await using process = await run("exit 5", { probeAfter: 1 });
    process.stdout?.resume();
    expect((await process.exit).exitCode).toBe(5);
  });

  it("is found by looking when its notification is lost and it was terminated", async () => {
    fake.inject({ notification: HcsNotification.ProcessExited, effect: "lose" });
    await using process = await run("sleep", { probeAfter: 1 });
    await process.terminate();
    expect((await process.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
  });

  it("is found by looking when its notification is lost and its system has ended", async () => {
    fake.inject({ notification: HcsNotification.ProcessExited, effect: "lose" });
    await using process = await run("sleep", { probeAfter: 1 });
    await system.terminate();
    expect((await process.exit).exitCode).toBe(TERMINATED_EXIT_CODE);
  });

  it("is not taken for granted when only the output has ended", async () => {
    const closesOutput = createFakeRawHcs({
      programs: {
        async quiet({ stdout, terminated }) {
          stdout.end();
          await new Promise((resolve) => terminated.addEventListener("abort", resolve, { once: true }));
          return 0;
        },
      },
    });
    const other = await createComputeSystem(closesOutput.raw, "c2", {
      SystemType: "Container",
      Name: "c2",
      Layers: [],
      HvPartition: false,
    });
    await other.start();
    const process = await other.createProcess({ ...stdio, CommandLine: "quiet" }, { probeAfter: 1 });
    process.stdout?.resume();
    let isOver = false;
    void process.exit.then(() => {
      isOver = true;
    });
    // The second look at the process is begun when the first has shown that it runs.
    await expect.poll(() => closesOutput.calls().filter((name) => name === "HcsGetProcessProperties").length).toBeGreaterThan(1);
    expect(isOver).toBe(false);
    await process.terminate();
    await process.exit;
    await process.close({ abandonOutput: true });
    await other.close();
    expect(closesOutput.openHandles()).toBe(0);
  });

  it("is -1 with the reason when the service goes away", async () => {
    await using process = await run("sleep");
    fake.disconnect();
    const exit = await process.exit;
    expect(exit).toMatchObject({ exitCode: UNKNOWN_EXIT_CODE, error: { code: "Unavailable" } });
    await process.terminate();
  });

  it("settles when the handle is closed before the process has ended", async () => {
    const process = await run("sleep");
    await process.close({ abandonOutput: true });
    expect((await process.exit).error).toMatchObject({ code: "FailedPrecondition" });
  });
});
