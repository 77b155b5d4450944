/** Runs in node.exe: create, start, exec, exit, close, over and over, with a fault in one of ten; tells what is left at the end. */
import { writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HcsNotification } from "@oriel/contracts";
import { type ContainerConfig, createComputeSystem, createWindowsHcs, liveHandles, type ProcessExit } from "../src/index.ts";
import { type Fault, testControls } from "./test-controls.ts";
import { makeTestLayers } from "./test-layers.ts";

const [dll = "", program = "", results = "", count = "100"] = process.argv.slice(2);
const cycles = Number(count);
const timeouts = { call: 20_000, notification: 1_000 };
/** For a call that hangs until its caller has given up. */
const impatient = { call: 400, notification: 1_000 };
const denied = "0x80070005";

/** Each cycle with a fault takes the next. What must answer for a handle to be closed at all is only delayed. */
const faults: readonly Fault[] = [
  { call: "HcsCreateComputeSystem", fail: denied },
  { call: "HcsRegisterComputeSystemCallback", fail: denied },
  { call: "HcsGetComputeSystemProperties", fail: denied },
  { call: "HcsStartComputeSystem", fail: denied },
  { call: "HcsCreateProcess", fail: denied },
  { call: "HcsRegisterProcessCallback", fail: denied },
  { call: "HcsGetProcessProperties", fail: denied },
  { call: "HcsCreateProcess", delay: 50 },
  { call: "HcsCloseComputeSystem", delay: 50 },
  { call: "HcsCreateComputeSystem", hang: true },
  { call: "HcsRegisterComputeSystemCallback", hang: true },
  { call: "HcsGetComputeSystemProperties", hang: true },
  { call: "HcsStartComputeSystem", hang: true },
  { call: "HcsCreateProcess", hang: true },
  { call: "HcsRegisterProcessCallback", hang: true },
  { call: "HcsGetProcessProperties", hang: true },
  { notification: HcsNotification.SystemStartCompleted, effect: "lose" },
  { notification: HcsNotification.SystemStartCompleted, effect: "duplicate" },
  { notification: HcsNotification.SystemExited, effect: "duplicate" },
  { notification: HcsNotification.ProcessExited, effect: "lose" },
  { notification: HcsNotification.ProcessExited, effect: "duplicate" },
];

const unexpected: string[] = [];
process.on("unhandledRejection", (reason) => unexpected.push(`unhandled rejection: ${String(reason)}`));

const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await raw.start();
const controls = testControls(dll);
const layers = await makeTestLayers(raw.layers);
const { document } = await layers.prepare();

async function cycle(id: string, hangs: boolean): Promise<ProcessExit> {
  const config = { ...document, Name: id } as unknown as ContainerConfig;
  const system = await createComputeSystem(raw, id, config, { timeouts: hangs ? impatient : timeouts });
  try {
    await system.start();
    const child = await system.createProcess({
      CommandLine: `"${program}" exit 7`,
      CreateStdInPipe: true,
      CreateStdOutPipe: true,
      CreateStdErrPipe: true,
      ConsoleSize: [0, 0],
    });
    try {
      child.stdout?.resume();
      child.stderr?.resume();
      return await child.exit;
    } finally {
      await child.close();
    }
  } finally {
    await system.terminate();
    await system.waitExit({ ms: 20_000 });
    await system.close();
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const memory: { readonly rss: number; readonly heap: number }[] = [];
const outcome = { completed: 0, failedOnPurpose: 0, withFault: 0 };
const began = performance.now();
for (let index = 0; index < cycles; index += 1) {
  const fault = index % 10 === 9 ? faults[Math.floor(index / 10) % faults.length] : undefined;
  controls.setFaults(fault === undefined ? [] : [{ ...fault, nth: 1 }]);
  if (fault !== undefined) outcome.withFault += 1;
  const hangs = fault !== undefined && "hang" in fault;
  try {
    const { exitCode, error } = await cycle(`soak-${index}`, hangs);
    outcome.completed += 1;
    if (exitCode !== 7 && fault === undefined) unexpected.push(`cycle ${index}: exit code ${exitCode} (${String(error)})`);
  } catch (error) {
    if (fault === undefined) unexpected.push(`cycle ${index}: ${String(error)}`);
    else outcome.failedOnPurpose += 1;
  }
  if (hangs) controls.releaseHung();
  if (index % Math.max(1, Math.floor(cycles / 20)) === 0) {
    collectGarbage();
    const { rss, heapUsed, external } = process.memoryUsage();
    memory.push({ rss, heap: heapUsed + external });
  }
}
const seconds = (performance.now() - began) / 1000;
controls.setFaults([]);

// What was ended late ends within its deadlines.
for (let tries = 0; tries < 100 && Object.values(controls.liveHandles()).some((open) => open > 0); tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const left = JSON.parse((await raw.compute.HcsEnumerateComputeSystems("{}")).computeSystems ?? "null") as unknown[];
writeFileSync(
  results,
  JSON.stringify({
    ...outcome,
    cycles,
    seconds: Math.round(seconds),
    liveHandles: controls.liveHandles(),
    ownHandles: liveHandles().length,
    pending: raw.pending,
    systemsLeft: left.length,
    unexpected: unexpected.slice(0, 20),
    memoryMiB: memory.map(({ rss }) => Math.round(rss / 2 ** 20)),
    /** What is alive in Node.js: the rest is what the allocators of Node.js, of the DLL and of Wine keep. */
    liveMiB: memory.map(({ heap }) => Math.round((10 * heap) / 2 ** 20) / 10),
  }),
);
await layers.remove();
await raw.close();
process.exit(0);
