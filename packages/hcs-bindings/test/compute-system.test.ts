import { HCS, HcsNotification } from "@oriel/contracts";
import { createFakeRawHcs, type FakeRawHcs, type FakeRawHcsOptions } from "@oriel/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createComputeSystem, enumerateComputeSystems, openComputeSystem } from "../src/compute-systems.ts";
import { liveHandles } from "../src/live-handles.ts";
import type { ContainerConfig } from "../src/schema/container-config.ts";
import { read } from "./support.ts";

const document: ContainerConfig = { SystemType: "Container", Name: "c1", Owner: "oriel", Layers: [], HvPartition: false };
const stdio = { CreateStdInPipe: true, CreateStdOutPipe: true, CreateStdErrPipe: true, ConsoleSize: [0, 0] as [number, number] };
const short = { timeouts: { call: 200, notification: 200 } };

let fake: FakeRawHcs;

function setUp(options?: FakeRawHcsOptions): FakeRawHcs {
  fake = createFakeRawHcs(options);
  return fake;
}

afterEach(() => {
  expect(liveHandles()).toEqual([]);
  expect(fake.openHandles()).toBe(0);
});

async function started(options = {}) {
  const system = await createComputeSystem(fake.raw, "c1", document, options);
  await system.start();
  return system;
}

describe("a compute system", () => {
  it.each([true, false])("makes the calls that hcsshim makes, in that order (pending: %s)", async (pending) => {
    setUp({ pending });
    const system = await started();
    const process = await system.createProcess({ ...stdio, CommandLine: "print hello" });
    expect(await read(process.stdout)).toBe("hello\r\n");
    expect(await process.exit).toMatchObject({ exitCode: 0 });
    await process.close({ abandonOutput: true });
    await system.shutdown();
    expect(await system.waitExit()).not.toHaveProperty("error");
    await system.close();
    expect(fake.calls()).toEqual([
      "HcsCreateComputeSystem",
      "HcsRegisterComputeSystemCallback",
      "HcsGetComputeSystemProperties",
      "HcsStartComputeSystem",
      "HcsCreateProcess",
      "HcsRegisterProcessCallback",
      "HcsGetProcessProperties",
      "HcsUnregisterProcessCallback",
      "HcsCloseProcess",
      "HcsShutdownComputeSystem",
      "HcsUnregisterComputeSystemCallback",
      "HcsCloseComputeSystem",
    ]);
  });

  it("is AlreadyExists for an id in use", async () => {
    setUp();
    await using _first = await createComputeSystem(fake.raw, "c1", document);
    await expect(createComputeSystem(fake.raw, "c1", document)).rejects.toMatchObject({
      code: "AlreadyExists",
      hresult: HCS.SYSTEM_ALREADY_EXISTS,
      resource: "c1",
    });
    expect(liveHandles()).toEqual([{ kind: "system", label: "c1" }]);
  });

  it("shuts down and terminates what has ended already without an error and without a call", async () => {
    setUp();
    const system = await started();
    await system.terminate();
    await system.waitExit();
    await system.terminate();
    await system.shutdown();
    expect(fake.calls().filter((name) => /Terminate|Shutdown/.test(name))).toEqual(["HcsTerminateComputeSystem"]);
    await system.close();
  });

  it("takes 'already stopped' for success when the end was not notified yet", async () => {
    setUp();
    fake.inject({ call: "HcsShutdownComputeSystem", fail: HCS.SYSTEM_ALREADY_STOPPED });
    await using system = await started();
    await system.shutdown();
  });

  it("reports an end that was neither a shutdown nor a termination", async () => {
    setUp();
    await using system = await started();
    fake.crash("c1");
    expect((await system.waitExit()).error).toMatchObject({ hresult: HCS.UNEXPECTED_EXIT, symbol: "HCS_E_UNEXPECTED_EXIT" });
  });

  it("fails a start during which the system ends", async () => {
    setUp();
    fake.inject({ notification: HcsNotification.SystemStartCompleted, effect: "lose" });
    await using system = await createComputeSystem(fake.raw, "c1", document);
    const starting = system.start();
    fake.crash("c1");
    await expect(starting).rejects.toMatchObject({ hresult: HCS.UNEXPECTED_EXIT });
  });

  it("says that the service went away to whoever waits", async () => {
    setUp();
    await using system = await started();
    const waiting = system.waitExit();
    fake.disconnect();
    await expect(waiting).rejects.toMatchObject({ code: "Unavailable", message: expect.stringContaining("lost communication") });
  });

  it("stops waiting when it is closed", async () => {
    setUp();
    const system = await started();
    const waiting = expect(system.waitExit()).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringContaining("closed"),
    });
    await system.close();
    await waiting;
  });

  it("waits for its end no longer than told", async () => {
    setUp();
    await using system = await started();
    await expect(system.waitExit({ ms: 5 })).rejects.toMatchObject({ code: "DeadlineExceeded" });
    await system.terminate();
    await expect(system.waitExit({ ms: 5000 })).resolves.not.toHaveProperty("error");
  });

  it("pauses and resumes as often as asked; a late completion of one does not complete the next", async () => {
    setUp();
    await using system = await createComputeSystem(fake.raw, "c1", { ...document, HvPartition: true });
    await system.start();
    for (let round = 0; round < 2; round++) {
      await system.pause();
      await system.resume();
    }
    expect((await system.properties()).State).toBe("Running");
  });

  it("refuses to pause a process-isolated container as unsupported", async () => {
    setUp();
    await using system = await started();
    await expect(system.pause()).rejects.toMatchObject({ code: "Unimplemented" });
  });

  it("closes once however often it is closed, and refuses use afterwards", async () => {
    setUp();
    const system = await started();
    await Promise.all([system.close(), system.close()]);
    await system.close();
    expect(fake.calls().filter((name) => name === "HcsCloseComputeSystem")).toHaveLength(1);
    await expect(system.properties()).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringContaining("has been closed"),
    });
    await expect(system.createProcess({ ...stdio, CommandLine: "print x" })).rejects.toMatchObject({ code: "FailedPrecondition" });
  });

  it("is found by its id, and opened with a handle of its own", async () => {
    setUp();
    await using _first = await started();
    expect(await enumerateComputeSystems(fake.raw, { Ids: ["c1"] })).toMatchObject([{ Id: "c1", State: "Running" }]);
    const second = await openComputeSystem(fake.raw, "c1");
    await second.terminate();
    await second.waitExit();
    await second.close();
    await expect(openComputeSystem(fake.raw, "c1")).rejects.toMatchObject({ code: "NotFound", symbol: "HCS_E_SYSTEM_NOT_FOUND" });
  });

  it("names the container, the command line and the reason when a program does not exist", async () => {
    setUp();
    await using system = await started();
    await expect(system.createProcess({ ...stdio, CommandLine: "nosuch.exe" })).rejects.toMatchObject({
      code: "NotFound",
      message:
        "container c1 encountered an error during hcs::System::CreateProcess: nosuch.exe: failure in a Windows system call: " +
        "The system cannot find the file specified. (0x2)\n[Event Detail: The system cannot find the file specified. Provider: fake EventID: 1]",
    });
  });

  it("says so when the service answers no JSON", async () => {
    setUp();
    await using system = await started();
    const { compute } = fake.raw;
    const original = compute.HcsGetComputeSystemProperties;
    compute.HcsGetComputeSystemProperties = async (handle, query) => ({ ...(await original(handle, query)), properties: "" });
    await expect(system.properties()).rejects.toMatchObject({ code: "Internal", message: expect.stringContaining('answered ""') });
  });
});

describe("a creation that goes wrong", () => {
  const failure = 0x80370118;

  it.each(["HcsCreateComputeSystem", "HcsRegisterComputeSystemCallback", "HcsGetComputeSystemProperties"])(
    "leaves nothing behind, and its id free at once, when %s fails",
    async (call) => {
      setUp();
      fake.inject({ call, nth: 1, fail: failure });
      await expect(createComputeSystem(fake.raw, "c1", document)).rejects.toMatchObject({ hresult: failure });
      const again = await createComputeSystem(fake.raw, "c1", document);
      await again.terminate();
      await again.waitExit();
      await again.close();
    },
  );

  it("has its id free also when its end is not notified", async () => {
    setUp();
    fake.inject({ call: "HcsGetComputeSystemProperties", nth: 1, fail: failure });
    fake.inject({ notification: HcsNotification.SystemExited, nth: 1, effect: "lose" });
    await expect(createComputeSystem(fake.raw, "c1", document)).rejects.toMatchObject({ hresult: failure });
    expect(fake.calls()).toContain("HcsEnumerateComputeSystems");
    await using again = await createComputeSystem(fake.raw, "c1", document);
    await again.terminate();
  });

  it("is DeadlineExceeded, and terminated, when its completion is not notified", async () => {
    setUp();
    fake.inject({ notification: HcsNotification.SystemCreateCompleted, effect: "lose" });
    await expect(createComputeSystem(fake.raw, "c1", document, short)).rejects.toMatchObject({
      code: "DeadlineExceeded",
      message: "container c1: hcs::CreateComputeSystem: its completion was not notified within 0.2 s",
    });
    expect(fake.systems.size).toBe(0);
  });

  it("undoes a creation that was answered after its deadline", async () => {
    setUp();
    fake.inject({ call: "HcsCreateComputeSystem", nth: 1, hang: true });
    const cleaned = Promise.withResolvers<void>();
    const onAbandoned = (undone: Promise<void>) => void undone.then(cleaned.resolve);
    await expect(createComputeSystem(fake.raw, "c1", document, { ...short, onAbandoned })).rejects.toMatchObject({
      code: "DeadlineExceeded",
    });
    fake.releaseHung();
    await cleaned.promise;
    expect(fake.systems.size).toBe(0);
  });

  it("is given up when the caller's signal says so, and undone", async () => {
    setUp();
    fake.inject({ call: "HcsCreateComputeSystem", nth: 1, hang: true });
    const cleaned = Promise.withResolvers<void>();
    const onAbandoned = (undone: Promise<void>) => void undone.then(cleaned.resolve);
    const controller = new AbortController();
    const creating = createComputeSystem(fake.raw, "c1", document, { signal: controller.signal, onAbandoned });
    controller.abort();
    await expect(creating).rejects.toMatchObject({ code: "Unavailable", message: expect.stringContaining("cancelled") });
    fake.releaseHung();
    await cleaned.promise;
    expect(fake.systems.size).toBe(0);
  });
});

describe("a call that hangs", () => {
  it("is DeadlineExceeded; the handle stays open until it answers, and is closed then", async () => {
    setUp();
    const system = await started(short);
    fake.inject({ call: "HcsGetComputeSystemProperties", hang: true });
    await expect(system.properties()).rejects.toMatchObject({
      code: "DeadlineExceeded",
      message: "container c1: hcs::System::Properties: the Host Compute Service did not answer within 0.2 s",
    });
    await expect(system.close()).rejects.toMatchObject({
      code: "DeadlineExceeded",
      message: expect.stringContaining("hcs::System::Properties"),
    });
    expect(fake.calls()).not.toContain("HcsCloseComputeSystem");
    fake.releaseHung();
    await expect.poll(() => liveHandles()).toEqual([]);
    expect(fake.calls().at(-1)).toBe("HcsCloseComputeSystem");
  });

  it("does not keep the system from being terminated", async () => {
    setUp();
    const system = await started(short);
    fake.inject({ call: "HcsShutdownComputeSystem", hang: true });
    await expect(system.shutdown()).rejects.toMatchObject({ code: "DeadlineExceeded" });
    await system.terminate();
    await system.waitExit();
    fake.releaseHung();
    await expect.poll(() => fake.calls()).toContain("HcsShutdownComputeSystem");
    await system.close();
  });

  it("undoes a process that was made after its deadline", async () => {
    setUp();
    const system = await started(short);
    fake.inject({ call: "HcsCreateProcess", hang: true });
    await expect(system.createProcess({ ...stdio, CommandLine: "sleep" })).rejects.toMatchObject({ code: "DeadlineExceeded" });
    fake.releaseHung();
    await expect.poll(() => fake.calls()).toContain("HcsCloseProcess");
    expect(fake.calls()).toContain("HcsTerminateProcess");
    await system.close();
    expect(fake.openHandles()).toBe(0);
  });

  it("closes a handle only when the calls under way have answered", async () => {
    setUp();
    const system = await started();
    fake.inject({ call: "HcsGetComputeSystemProperties", delay: 10 });
    const [properties] = await Promise.all([system.properties(), system.close()]);
    expect(properties.Id).toBe("c1");
    expect(fake.calls().slice(-3)).toEqual([
      "HcsGetComputeSystemProperties",
      "HcsUnregisterComputeSystemCallback",
      "HcsCloseComputeSystem",
    ]);
  });
});
