import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { type DriverInfo, formatHresult, type HcsCallback, HcsNotification, type HcsProcess, type HcsSystem } from "@oriel/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WindowsLibraries } from "../../src/windows/libraries.ts";
import { createNativeHcs, createWindowsHcs, type WindowsHcs } from "../../src/windows/windows-hcs.ts";
import { compileLibrary, lacksCompiler } from "./native-library.ts";

const reason = lacksCompiler();
const system = (value: bigint) => value as HcsSystem;
const info: DriverInfo = { flavour: 1, homeDir: "" };

test.skipIf(process.platform === "win32")("off Windows the provider says so, and names the alternative", () => {
  expect(() => createWindowsHcs()).toThrow(expect.objectContaining({ code: "FailedPrecondition" }));
  expect(() => createWindowsHcs()).toThrow(/only on Windows, and this is /);
});

test("a DLL that is not there is an answer of each call, and an error at start", async () => {
  const hcs = createNativeHcs({ libraries: { vmcompute: "no-such-vmcompute.dll" } });
  expect(await hcs.compute.HcsOpenComputeSystem("x")).toEqual({ hresult: 0x8007007e, result: null, system: 0n });
  expect(await hcs.layers.LayerExists(info, "x")).toEqual({ hresult: 0x8007007e, exists: false });
  expect(await hcs.network.HNSCall("GET", "/networks/", "")).toEqual({ hresult: 0x8007007e, response: null });
  await expect(hcs.start()).rejects.toMatchObject({ code: "Unavailable", message: "no-such-vmcompute.dll cannot be loaded" });
  await hcs.close();
});

describe.skipIf(reason !== undefined)(`calls into a native library${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let library: ReturnType<typeof compileLibrary>;
  let libraries: Partial<WindowsLibraries>;
  let hcs: WindowsHcs;
  beforeAll(() => {
    library = compileLibrary("library.c");
    libraries = { vmcompute: library.file, ole32: library.file, libuv: library.file };
    hcs = createNativeHcs({ libraries });
  });
  afterAll(async () => {
    await hcs?.close();
    library?.remove();
  });

  test("an export that is not there answers as Windows would: procedure not found", async () => {
    const answer = await hcs.compute.HcsModifyProcess(1n as HcsProcess, "{}");
    expect(formatHresult(answer.hresult)).toBe("0x8007007F");
    await expect(hcs.start()).rejects.toThrow(/is not the one of the Host Compute Service$/);
  });

  test("texts pass both ways, whatever is in them", async () => {
    const query = '{"Ä":"𝄞 – \ud800"}';
    const answer = await hcs.compute.HcsGetServiceProperties(query);
    expect(answer).toEqual({ hresult: 0xc0370103, properties: query, result: query });
  });

  test("a long document passes whole", async () => {
    const query = "x".repeat(3_000_000);
    expect((await hcs.compute.HcsGetServiceProperties(query)).properties).toBe(query);
  });

  test("no text is null, and each text is freed exactly once", async () => {
    const count = async () => (await hcs.network.HNSCall("GET", "/", "")).response;
    const [made, freed] = (await count())?.match(/\d+/g)?.map(Number) ?? [];
    // The answer of the count itself was not yet freed when it was made.
    expect(made).toBe(freed);
    expect(await hcs.compute.HcsGetServiceProperties("")).toEqual({ hresult: 0x80070490, properties: null, result: null });
    await hcs.compute.HcsGetServiceProperties("{}");
    expect(await count()).toBe(`${(made ?? 0) + 3} made, ${(freed ?? 0) + 3} freed`);
  });

  test("handles keep all of their 64 bits", async () => {
    const created = await hcs.compute.HcsCreateComputeSystem("id", "{}", 7n);
    expect(created).toEqual({ hresult: 0xc0370103, result: null, system: 0xffffffff00000008n });
    expect((await hcs.compute.HcsCloseComputeSystem(created.system)).hresult).toBe(0);
    expect((await hcs.compute.HcsCloseComputeSystem(system(8n))).hresult).toBe(0x80070006);
  });

  test("layer functions get the driver, and the parents as an array of structures", async () => {
    const parents = [
      { layerId: "00112233-4455-6677-8899-aabbccddeeff", flags: 0, path: "parent" },
      { layerId: "ffffffff-ffff-ffff-ffff-ffffffffffff", flags: 0x80000000, path: "base" },
    ];
    expect(await hcs.layers.PrepareLayer(info, "C:\\layer", parents)).toEqual({ hresult: 0 });
    expect(await hcs.layers.PrepareLayer(info, "C:\\layer", [])).toEqual({ hresult: 0 });
    const wrong = [{ layerId: "no GUID", flags: 0, path: "" }];
    expect(formatHresult((await hcs.layers.PrepareLayer(info, "C:\\layer", wrong)).hresult)).toBe("0x80070057");
  });

  test("layer functions with out parameters answer them", async () => {
    expect(await hcs.layers.GetLayerMountPath(info, "\\\\?\\Volume{1}\\")).toEqual({ hresult: 0, path: "\\\\?\\Volume{1}\\" });
    expect(await hcs.layers.GetLayerMountPath(info, "")).toEqual({ hresult: 0, path: "" });
    expect(await hcs.layers.NameToGuid("4")).toEqual({ hresult: 0, guid: "03020100-0504-0706-0809-0a0b0c0d0e0f" });
    expect(await hcs.layers.LayerExists(info, "yes")).toEqual({ hresult: 0, exists: true });
    expect(await hcs.layers.LayerExists(info, "no")).toEqual({ hresult: 0, exists: false });
    expect(await hcs.layers.ExpandSandboxSize(info, "x", 2n ** 32n)).toEqual({ hresult: 0 });
  });

  test("the pipes of a process are streams: what is written arrives, and end() ends it", async () => {
    const { hresult, information, process } = await hcs.compute.HcsCreateProcess(system(1n), "{}");
    expect({ hresult, process, pid: information.processId, error: information.stdError }).toEqual({
      hresult: 0,
      process: 0x77n,
      pid: 4711,
      error: 0n,
    });
    const writer = hcs.win32.openPipeWriter(information.stdInput);
    const reading = buffer(hcs.win32.openPipeReader(information.stdOutput));
    const bytes = Buffer.alloc(
      1 << 20,
      Uint8Array.from({ length: 256 }, (_, value) => value),
    );
    writer.end(bytes);
    expect((await reading).equals(bytes)).toBe(true);
  });

  test("writing to a process that has closed its input ends the stream without a fault", async () => {
    const { information } = await hcs.compute.HcsCreateProcess(system(1n), "{}");
    const reader = hcs.win32.openPipeReader(information.stdOutput);
    const writer = hcs.win32.openPipeWriter(information.stdInput);
    await new Promise((resolve) => reader.once("close", resolve).destroy());
    const faults: unknown[] = [];
    writer.on("error", (error) => faults.push(error));
    await new Promise((resolve) => {
      writer.once("close", resolve);
      writer.write("too late");
    });
    expect(faults).toEqual([]);
  });

  describe("notifications", () => {
    type Received = [type: number, context: bigint, status: number, data: string | null];
    const collect = () => {
      const received: Received[] = [];
      return { received, callback: (...notification: Received) => received.push(notification) };
    };
    const both = (context: bigint): Received[] => [
      [HcsNotification.SystemCreateCompleted, context, 0, null],
      [HcsNotification.ProcessExited, context, 0xc0370106, "{é}"],
    ];

    test("come from a foreign thread with their own context, and unregistering waits for them", async () => {
      const one = collect();
      const two = collect();
      const registered = await Promise.all([
        hcs.compute.HcsRegisterComputeSystemCallback(system(3n), one.callback, 2n ** 63n),
        hcs.compute.HcsRegisterComputeSystemCallback(system(3n), two.callback, 5n),
      ]);
      expect(hcs.pending.registrations).toBe(2);
      for (const { callbackHandle } of registered) {
        expect((await hcs.compute.HcsUnregisterComputeSystemCallback(callbackHandle)).hresult).toBe(0);
      }
      expect(one.received).toEqual(both(2n ** 63n));
      expect(two.received).toEqual(both(5n));
      expect(hcs.pending.registrations).toBe(0);
    });

    test("that come before registering has answered are not lost", async () => {
      const { received, callback } = collect();
      const { callbackHandle } = await hcs.compute.HcsRegisterComputeSystemCallback(system(2n), callback, 9n);
      await hcs.compute.HcsUnregisterComputeSystemCallback(callbackHandle);
      expect(received).toEqual(both(9n));
    });

    test("are forgotten where registering fails", async () => {
      const { callback } = collect();
      const answer = await hcs.compute.HcsRegisterComputeSystemCallback(system(1n), callback, 9n);
      expect(answer).toEqual({ hresult: 0x80070006, result: null, callbackHandle: 0n as HcsCallback });
      expect(hcs.pending.registrations).toBe(0);
    });
  });

  describe("calls that block", () => {
    // Each starts a thread, which takes a while where the machine is busy: ORIEL_TEST_LONG=1 has a hundred.
    const count = process.env.ORIEL_TEST_LONG === "1" ? 100 : 20;
    test(`${count} of them hold up neither each other, nor other calls, nor the file system`, { timeout: 120_000 }, async () => {
      const busy = createNativeHcs({ libraries });
      let answered = 0;
      const hanging = Array.from({ length: count }, () =>
        busy.compute.HcsOpenProcess(system(1n), 600_000).then(() => {
          answered += 1;
        }),
      );
      for (const call of hanging) call.catch(() => undefined);
      // All of these finish long before the first of those.
      const quick = await busy.compute.HcsGetServiceProperties("{}");
      const here = await readFile(import.meta.filename, "utf8");
      expect({ quick: quick.properties, here: here.length > 0, answered }).toEqual({ quick: "{}", here: true, answered: 0 });
      expect(busy.pending.calls).toBe(count);
    });

    test("a call in excess of the limit waits for one that ends", async () => {
      const narrow = createNativeHcs({ libraries, maxThreads: 1 });
      const order: number[] = [];
      await Promise.all([200, 1].map((ms) => narrow.compute.HcsOpenProcess(system(1n), ms).then(() => order.push(ms))));
      expect(order).toEqual([200, 1]);
      await narrow.close();
    });

    test("a call that hangs does not keep a process from ending", () => {
      const program = `
        import { createNativeHcs } from ${JSON.stringify(new URL("../../src/windows/windows-hcs.ts", import.meta.url).href)};
        const hcs = createNativeHcs({ libraries: ${JSON.stringify(libraries)} });
        void hcs.compute.HcsOpenProcess(1n, 600_000);
        await hcs.close();
        process.exit(3);
      `;
      const run = spawnSync(process.execPath, ["--conditions=oriel-source", "--input-type=module", "--eval", program], {
        timeout: 20_000,
        encoding: "utf8",
      });
      expect({ status: run.status, signal: run.signal, stderr: run.stderr }).toEqual({ status: 3, signal: null, stderr: "" });
    });

    test("a close while a call is under way lets it answer, and refuses new ones", async () => {
      const closing = createNativeHcs({ libraries });
      // The thread that made this call is there for the next.
      await closing.compute.HcsGetServiceProperties("{}");
      const call = closing.compute.HcsOpenProcess(system(1n), 100);
      await closing.close();
      expect((await call).process).toBe(100n);
      await expect(closing.compute.HcsOpenComputeSystem("x")).rejects.toMatchObject({ code: "Unavailable" });
    });
  });
});
