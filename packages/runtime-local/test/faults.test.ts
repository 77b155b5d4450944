import { isOrielError } from "@oriel/contracts";
import { eventLines, expectOrder, type Fault } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deadlines, type FakeWorld, type FaultCase, faultMatrix, newWorld } from "./faults/matrix.ts";
import { wholeLife } from "./faults/steps.ts";
import { endVirtualTime, secondsOf, startVirtualTime, untilIdle } from "./faults/virtual-time.ts";

const matrix = await faultMatrix();
const hanging = matrix.filter(({ fault }) => "hang" in fault && fault.nth !== undefined);
let refused = 0;
let longest = 0;

beforeAll(startVirtualTime);
afterAll(() => {
  endVirtualTime();
  const size = `${matrix.length} faults (${refused} refused with a typed error), ${hanging.length} calls that hang while others go on`;
  console.log(`fault matrix: ${size}; the longest answer took ${longest} s of virtual time`);
});

/** A failed close leaves the service's own count of handles wrong; ours must still be right. */
const unclosable = (fault: Fault) => "fail" in fault && /^Hcs(Close|Unregister)/.test(fault.call);

/** What changes nothing but the time that it takes. */
const harmless = (fault: Fault) => "delay" in fault || ("effect" in fault && fault.effect === "duplicate");

/** Seconds that a step may take when `overruns` of its calls or notifications never come, with the end of its container. */
const allowed = (overruns: number) =>
  overruns * Math.max(deadlines.call, deadlines.notification) + deadlines.shutdown + 3 * deadlines.terminate + 1;

/** Does it within `limit` seconds, and returns its error, which must be one that a caller can make something of. */
async function errorOf(world: FakeWorld, limit: number, work: Promise<unknown>): Promise<unknown> {
  const settled = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  longest = Math.max(longest, await secondsOf(settled, limit));
  const error = await settled;
  if (error !== undefined) {
    expect(isOrielError(error), String(error)).toBe(true);
    expect(String(error)).toContain(world.id);
  }
  return error;
}

async function succeed<T>(work: Promise<T>): Promise<T> {
  await secondsOf(work, 2);
  return work;
}

/** Whatever went wrong: its last trace can be removed, its id be used again, and its events make sense. */
async function cleanUp(world: FakeWorld, fault: Fault): Promise<void> {
  const { fake, runtime, id } = world;
  await errorOf(world, allowed(10), runtime.delete(id));
  fake.clearFaults();
  fake.releaseHung();
  await untilIdle();
  await succeed(runtime.delete(id));
  const isLeft = () => world.leftovers(id).filter((line) => !(unclosable(fault) && line.includes("of the service")));
  await untilIdle();
  expect(isLeft()).toEqual([]);
  const told = eventLines(world.events.filter((event) => event.id === id));
  expectOrder(told);
  const exits = told.filter((line) => line.startsWith("exit init"));
  // A container that was found again was started before anybody listened.
  expect(exits.length).toBe(told.includes("started") || world.restored ? 1 : 0);
  expect(await succeed(wholeLife(world, id))).toBe(4);
  await untilIdle();
  expect(isLeft()).toEqual([]);
}

describe(`a fault in a step of a container's life (${matrix.length})`, () => {
  it.each(matrix)("$title", async ({ step, pending, fault, times }: FaultCase) => {
    const world = newWorld(pending);
    await succeed(step.prepare(world));
    world.fake.clearFaults();
    world.fake.inject(fault);
    const error = await errorOf(world, harmless(fault) ? 1 : allowed(times), step.run(world));
    if (harmless(fault)) expect(error).toBeUndefined();
    if ("hang" in fault && error !== undefined) expect(error).toMatchObject({ code: "DeadlineExceeded" });
    if (error !== undefined) refused += 1;
    await cleanUp(world, fault);
  });
});

describe(`a call that hangs (${hanging.length})`, () => {
  it.each(hanging)("holds up nothing else: $title", async ({ step, pending, fault }: FaultCase) => {
    const world = newWorld(pending);
    const { fake, runtime, id } = world;
    await succeed(step.prepare(world));
    fake.clearFaults();
    fake.inject(fault);
    const stepping = step.run(world).catch((error: unknown) => error);
    await untilIdle();
    expect(fake.hung()).toBe(1);
    const began = Date.now();
    runtime.status(id);
    expect(await succeed(wholeLife(world, `${id}other`))).toBe(4);
    // The container itself can be ended meanwhile, in the time that ending takes.
    if (step.canBeCutShort) await errorOf(world, allowed(0), runtime.delete(id));
    expect(Date.now() - began).toBeLessThan(deadlines.call * 1000);
    fake.releaseHung();
    await secondsOf(stepping, allowed(1));
    const error = await stepping;
    expect(error === undefined || isOrielError(error)).toBe(true);
    await cleanUp(world, fault);
  });
});
