/**
 * Runs in node.exe: faults of the DLL in every step of a container's life, with real processes. The runtime's own tests have
 * the whole matrix on a service in memory; this is each call failing, and each call hanging, the first time that a step makes it.
 */
import { appendFileSync } from "node:fs";
import { answersInput, eventLines, expectOrder } from "@oriel/testkit";
import { describe, expect, it } from "vitest";
import {
  HcsNotification,
  isOrielError,
  type RawCompute,
  type RuntimeEvent,
  type RuntimeSpec,
} from "../../../packages/contracts/src/index.ts";
import type { Fault } from "../../../packages/hcs-bindings/wine/test-controls.ts";
import { runTests } from "../../../packages/hcs-bindings/wine/vitest-stand-in.ts";
import { pauseSteps, type Step, steps, type World, wholeLife } from "../../../packages/runtime-local/test/faults/steps.ts";
import { programsOnDll, serviceOnDll } from "./runtime-on-dll.ts";

const [dll = "", catProgram = "", results = ""] = process.argv.slice(2);
const service = await serviceOnDll(dll);
// What can be paused can do all else too.
const { spec } = await service.prepareHyperV();
/** What runs long carries the path of this run in its command line: it can be looked for from outside. */
const commands = { ...programsOnDll(catProgram), runLong: `"${catProgram}" cat` };
/** Seconds; enough for Wine to make a process on a busy machine. */
const deadlines = { call: 3, notification: 3, shutdown: 1, terminate: 3 };

const made: string[] = [];
const compute = new Proxy(service.raw.compute, {
  get(target, name) {
    const call = Reflect.get(target, name) as RawCompute[keyof RawCompute];
    return (...args: readonly unknown[]) => {
      made.push(String(name));
      return Reflect.apply(call, target, args);
    };
  },
});

let count = 0;

function newWorld() {
  count += 1;
  const { runtime, leftovers } = service.newRuntime({ ...service.raw, compute }, deadlines, 100);
  const events: RuntimeEvent[] = [];
  runtime.onEvent((event) => void events.push(event));
  const specOf = (commandLine: string): RuntimeSpec => ({ ...spec, process: { user: {}, cwd: "C:\\", commandLine } });
  return { id: `fault-${process.pid}-${count}`, runtime, commands, specOf, ready: answersInput, events, leftovers };
}

interface FaultCase {
  readonly step: Step;
  readonly fault: Fault;
  readonly title: string;
}

async function callsOf(step: Step): Promise<readonly string[]> {
  const world = newWorld();
  await step.prepare(world);
  made.length = 0;
  await step.run(world);
  const calls = [...new Set(made)];
  await world.runtime.delete(world.id);
  return calls;
}

const lost: Readonly<Record<string, readonly number[]>> = {
  create: [HcsNotification.SystemCreateCompleted, HcsNotification.SystemStartCompleted],
  "signal an exec": [HcsNotification.ProcessExited],
  stop: [HcsNotification.SystemExited, HcsNotification.ProcessExited],
  kill: [HcsNotification.SystemExited, HcsNotification.ProcessExited],
  "end by itself": [HcsNotification.SystemExited, HcsNotification.ProcessExited],
  pause: [HcsNotification.SystemPauseCompleted],
  resume: [HcsNotification.SystemResumeCompleted],
  "delete running": [HcsNotification.SystemExited, HcsNotification.ProcessExited],
};

const cases: FaultCase[] = [];
for (const step of [...steps, ...pauseSteps]) {
  for (const call of await callsOf(step)) {
    cases.push({ step, fault: { call, nth: 1, fail: "0x80070005" }, title: `${step.name}: ${call} is denied` });
    cases.push({ step, fault: { call, nth: 1, hang: true }, title: `${step.name}: ${call} hangs` });
  }
  for (const notification of lost[step.name] ?? []) {
    cases.push({ step, fault: { notification, nth: 1, effect: "lose" }, title: `${step.name}: notification ${notification} gets lost` });
    cases.push({
      step,
      fault: { notification, nth: 1, effect: "duplicate" },
      title: `${step.name}: notification ${notification} comes twice`,
    });
  }
}

/** A close that is denied leaves the service's own count wrong from then on. */
let leaked = service.controls.liveHandles();

async function errorOf(world: World, work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    expect(isOrielError(error), String(error)).toBe(true);
    expect(String(error)).toContain(world.id);
    return error;
  }
}

describe("a fault of the DLL", () => {
  it.each(cases.map((entry) => [entry.title, entry] as const))("%s", async (_title: string, { step, fault }: FaultCase) => {
    const world = newWorld();
    await step.prepare(world);
    service.controls.setFaults([fault]);
    try {
      const error = await errorOf(world, () => step.run(world));
      if ("hang" in fault && error !== undefined) expect(error).toMatchObject({ code: "DeadlineExceeded" });
      if ("effect" in fault && fault.effect === "duplicate") expect(error).toBeUndefined();
      await errorOf(world, () => world.runtime.delete(world.id));
    } finally {
      service.controls.setFaults([]);
      service.controls.releaseHung();
    }
    await expect.poll(() => errorOf(world, () => world.runtime.delete(world.id))).toBeUndefined();
    await expect.poll(() => world.leftovers()).toEqual([]);
    const told = eventLines(world.events);
    expectOrder(told);
    expect(told.filter((line) => line.startsWith("exit init")).length).toBe(told.includes("started") ? 1 : 0);
    expect(await wholeLife(world, world.id)).toBe(4);
    await expect.poll(() => world.leftovers()).toEqual([]);
    const live = service.controls.liveHandles();
    if ("fail" in fault && /^Hcs(Close|Unregister)/.test(fault.call)) leaked = live;
    else await expect.poll(() => service.controls.liveHandles()).toEqual(leaked);
  });
});

// A line for each test at once: what hangs later does not take them away.
await runTests(60_000, (result) => appendFileSync(results, `${JSON.stringify(result)}\n`));
appendFileSync(results, `${JSON.stringify({ done: true })}\n`);
await service.close();
process.exit(0);
