import { hresultFromWin32, type RawHcs, WIN32 } from "@oriel/contracts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { HostLayers } from "../../src/index.ts";

const folder = "/layers/scratch";
const notReady = hresultFromWin32(WIN32.NOT_READY);
const denied = hresultFromWin32(WIN32.ACCESS_DENIED);

/** Layer functions that answer what they are told to, in this order, and success afterwards. */
function host(answers: Readonly<Record<string, readonly unknown[]>> = {}) {
  const calls: string[] = [];
  const left = new Map(Object.entries(answers).map(([name, list]) => [name, [...list]]));
  const layers = new Proxy({} as RawHcs["layers"], {
    get: (_target, name: string) => async (_driver: unknown, id: unknown) => {
      calls.push(typeof id === "string" ? `${name} ${id}` : name);
      const answer = left.get(name)?.shift();
      if (answer instanceof Promise) await answer;
      return typeof answer === "object" && !(answer instanceof Promise) ? answer : { hresult: answer ?? 0, guid: "g", path: "" };
    },
  });
  const win32 = {} as RawHcs["win32"];
  return { calls, layers: new HostLayers({ raw: { layers, win32 }, deadline: 1000 }) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("layers of the host", () => {
  test("are attached by ActivateLayer and PrepareLayer, and detached the other way round", async () => {
    const { calls, layers } = host();
    await layers.attach(folder, ["/layers/parent"], []);
    await layers.detach(folder);
    const names = calls.map((call) => call.split(" ")[0]);
    expect(names).toEqual(["NameToGuid", "ActivateLayer", "PrepareLayer", "UnprepareLayer", "DeactivateLayer"]);
  });

  test("whose disk is not ready yet are attached at a later attempt", async () => {
    vi.useFakeTimers();
    const { calls, layers } = host({ PrepareLayer: [notReady, notReady] });
    const attached = layers.attach(folder, [], []);
    await vi.runAllTimersAsync();
    await attached;
    expect(calls.filter((call) => call.startsWith("PrepareLayer"))).toHaveLength(3);
    expect(calls.filter((call) => call.startsWith("DeactivateLayer"))).toHaveLength(2);
  });

  test("whose disk is never ready, or that are refused, are an error in words", async () => {
    vi.useFakeTimers();
    const never = host({ ActivateLayer: [notReady, notReady, notReady, notReady, notReady] });
    const attached = expect(never.layers.attach(folder, [], [])).rejects.toMatchObject({ op: "ActivateLayer", resource: "scratch" });
    await vi.runAllTimersAsync();
    await attached;
    expect(never.calls.filter((call) => call.startsWith("ActivateLayer"))).toHaveLength(5);
    const refused = host({ PrepareLayer: [denied] });
    await expect(refused.layers.attach(folder, [], [])).rejects.toMatchObject({ code: "PermissionDenied" });
    expect(refused.calls.filter((call) => call.startsWith("PrepareLayer"))).toHaveLength(1);
  });

  test("that are not attached need no detaching", async () => {
    const missing = hresultFromWin32(WIN32.FILE_NOT_FOUND);
    await host({ UnprepareLayer: [missing], DeactivateLayer: [missing] }).layers.detach(folder);
    await expect(host({ DeactivateLayer: [denied] }).layers.detach(folder)).rejects.toMatchObject({ code: "PermissionDenied" });
  });

  test.each([
    ["\\\\?\\Volume{18955d65-d45a-557b-bf1c-49d6dfefc526}", "\\\\?\\Volume{18955d65-d45a-557b-bf1c-49d6dfefc526}\\"],
    ["\\\\?\\Volume{18955d65-d45a-557b-bf1c-49d6dfefc526}\\", "\\\\?\\Volume{18955d65-d45a-557b-bf1c-49d6dfefc526}\\"],
    ["C:\\layers\\scratch", undefined],
    ["", undefined],
  ])("that are mounted at %j have the volume %j", async (path, volume) => {
    const { layers } = host({ GetLayerMountPath: [{ hresult: 0, path }] });
    expect(await layers.volumeOf(folder)).toBe(volume);
  });

  test("that the host knows nothing of have no volume, and a failure is an error", async () => {
    expect(await host({ GetLayerMountPath: [notReady] }).layers.volumeOf(folder)).toBeUndefined();
    await expect(host({ GetLayerMountPath: [denied] }).layers.volumeOf(folder)).rejects.toMatchObject({ code: "PermissionDenied" });
  });

  test("are left alone while a call on them is overdue, and what it did late is undone", async () => {
    vi.useFakeTimers();
    let answer = () => {};
    const { calls, layers } = host({
      ActivateLayer: [
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
      ],
    });
    const attached = expect(layers.attach(folder, [], [])).rejects.toMatchObject({ code: "DeadlineExceeded", op: "ActivateLayer" });
    await vi.advanceTimersByTimeAsync(1000);
    await attached;
    await expect(layers.detach(folder)).rejects.toMatchObject({ code: "Unavailable", op: "ActivateLayer" });
    layers.requireAnswering("/layers/another");
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.at(-1)).toBe(`DeactivateLayer ${folder}`);
    layers.requireAnswering(folder);
  });

  test("may be deleted for fifteen times as long", async () => {
    vi.useFakeTimers();
    const { layers } = host({ DestroyLayer: [new Promise<void>((resolve) => setTimeout(resolve, 14_000))] });
    const destroyed = layers.destroy(folder);
    await vi.advanceTimersByTimeAsync(14_000);
    await destroyed;
  });

  test("are exported one at a time, each, as the host refuses to do so twice at once", async () => {
    let answer = () => {};
    const { calls, layers } = host({
      ExportLayer: [
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
      ],
    });
    const driver = { flavour: 1, homeDir: "" } as const;
    const first = layers.exportLayer(folder, "/out/1", []);
    const second = layers.exportCalls(folder, { ofScratch: true }).layers.ExportLayer(driver, folder, "/out/2", []);
    await layers.exportLayer("/layers/another", "/out/3", []);
    expect(calls).toEqual([`ExportLayer ${folder}`, "ExportLayer /layers/another"]);
    answer();
    await Promise.all([first, second]);
    expect(calls).toHaveLength(3);
  });

  test("that are scratches have files that were read when they were written, so that reading one changes nothing", async () => {
    const facts = { lastAccessTime: 9n, lastWriteTime: 5n };
    const win32 = { GetFileFacts: async () => ({ hresult: 0, facts }) } as unknown as RawHcs["win32"];
    const layers = new HostLayers({ raw: { layers: {} as RawHcs["layers"], win32 }, deadline: 1000 });
    const read = async (ofScratch: boolean) => (await layers.exportCalls(folder, { ofScratch }).win32.GetFileFacts(0n as never)).facts;
    expect(await read(true)).toEqual({ lastAccessTime: 5n, lastWriteTime: 5n });
    expect(await read(false)).toEqual(facts);
  });
});
