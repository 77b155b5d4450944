/** Runs in node.exe: what a call into the DLL costs, bare and through the tiers, and how many events a second come from a foreign thread. */
import { writeFileSync } from "node:fs";
// biome-ignore lint/style/noRestrictedImports: the peer that the bindings are measured beside.
import koffi from "koffi";
import { createWindowsHcs } from "../src/index.ts";
import { notificationCallback } from "../src/native/notification-callback.ts";
import { windowsLibraries } from "../src/windows/libraries.ts";
import { createNativeCalls } from "../src/windows/native-calls.ts";

const [dll = "", , results = ""] = process.argv.slice(2);
const libraries = { ...windowsLibraries, vmcompute: dll, backup: dll };
const calls = createNativeCalls(libraries).layers;
const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await raw.start();
const library = koffi.load(dll);
const bare = library.func("__stdcall", "GrantVmAccess", "uint32", ["str16", "str16"]);
const bareAsync = (): Promise<unknown> =>
  new Promise((resolve, reject) => {
    bare.async("vm", "file", (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
  });

/** Microseconds a call: the median of nine rounds, after one to warm up. */
async function cost(count: number, round: (count: number) => unknown): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    const began = performance.now();
    await round(count);
    if (index > 0) times.push(((performance.now() - began) * 1000) / count);
  }
  return times.sort((a, b) => a - b)[4] ?? 0;
}

const inTurn = (call: () => Promise<unknown>) => async (count: number) => {
  for (let index = 0; index < count; index += 1) await call();
};
// koffi refuses more calls at once than it has memory set aside for.
const atOnce = (call: () => Promise<unknown>) => async (count: number) => {
  for (let index = 0; index < count; index += 50) await Promise.all(Array.from({ length: 50 }, call));
};

const microseconds = {
  bareSync: await cost(2_000, (count) => {
    for (let index = 0; index < count; index += 1) bare("vm", "file");
  }),
  rawSync: await cost(2_000, (count) => {
    for (let index = 0; index < count; index += 1) calls.GrantVmAccess("vm", "file");
  }),
  bareAsync: await cost(500, inTurn(bareAsync)),
  rawAsync: await cost(
    500,
    inTurn(() => raw.layers.GrantVmAccess("vm", "file")),
  ),
  bareAsyncAtOnce: await cost(500, atOnce(bareAsync)),
  rawAsyncAtOnce: await cost(
    500,
    atOnce(() => raw.layers.GrantVmAccess("vm", "file")),
  ),
};

const notify = library.func("__stdcall", "OrielTestNotify", "uint32", ["uintptr_t", "uintptr_t", "uint32"]);

/** Events a second: the median of five rounds. */
async function events(count: number, register: (receive: () => void) => { address: bigint; free: () => void }): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    let left = count;
    const { promise: all, resolve: done } = Promise.withResolvers<void>();
    const { address, free } = register(() => {
      left -= 1;
      if (left === 0) done();
    });
    const began = performance.now();
    notify(address, 1, count);
    const alive = setInterval(() => undefined, 1_000);
    await all;
    clearInterval(alive);
    rates.push((count * 1000) / (performance.now() - began));
    // The foreign thread is still on its way out of the last call.
    setTimeout(free, 1_000);
  }
  return rates.sort((a, b) => a - b)[2] ?? 0;
}

const type = koffi.pointer(koffi.proto("__stdcall", "void", ["uint32", "uintptr_t", "uint32", "uintptr_t"]));
const eventsPerSecond = {
  bare: await events(5_000, (receive) => {
    const address = koffi.register(receive, type);
    return { address, free: () => koffi.unregister(address) };
  }),
  notifications: await events(5_000, (receive) => notificationCallback(receive)),
};
writeFileSync(results, JSON.stringify({ microseconds, eventsPerSecond }));
await raw.close();
process.exit(0);
