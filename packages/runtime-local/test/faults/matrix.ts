import { HcsNotification, type RuntimeEvent } from "@oriel/contracts";
import type { Fault } from "@oriel/testkit";
import { commands, hyperVSpecOf, setUp } from "../fixture.ts";
import { drained, pauseSteps, type Step, steps, type World } from "./steps.ts";

/** One container over a fake service of its own. */
export interface FakeWorld extends World, Omit<ReturnType<typeof setUp>, "runtime" | "newRuntime"> {}

/** A fault in one step of a container's life. */
export interface FaultCase {
  readonly title: string;
  readonly step: Step<FakeWorld>;
  readonly pending: boolean;
  readonly fault: Fault;
  /** How often it is met in the step. */
  readonly times: number;
}

/** Seconds. */
export const deadlines = { call: 1000, notification: 1000, shutdown: 20, terminate: 10 };

/** HRESULTs that every export can answer, of kinds that nobody can take for an end: what is wrong is unknown then. */
const failures = {
  "is denied": 0x80070005,
  "is answered by a service that is not there": 0x80370114,
  "finds the system in a wrong state": 0x80370105,
} as const;

let count = 0;

/** A service of its own with one container to come. Ids are never used twice: handles are counted by them. */
export function newWorld(pending: boolean): FakeWorld {
  count += 1;
  const test = setUp({ deadlines, probe: 100, pending });
  const events: RuntimeEvent[] = [];
  test.runtime.onEvent((event) => void events.push(event));
  return { ...test, id: `matrix-${count}-`, commands, specOf: hyperVSpecOf, events };
}

const restore: Step<FakeWorld> = {
  name: "restore",
  prepare: leftBehind,
  async run(world) {
    const restored = await world.runtime.restore(world.id, hyperVSpecOf(commands.runLong));
    world.restored = true;
    if (restored.outcome === "adopted") world.init = drained(restored.init);
  },
  canBeCutShort: true,
};

/** As a former process of the engine leaves a container that it started. */
async function leftBehind({ fake, journal, id }: FakeWorld): Promise<void> {
  const { compute } = fake.raw;
  const document = { SystemType: "Container", Name: id, Owner: "oriel", Layers: [], HvPartition: true };
  const { system } = await compute.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
  await compute.HcsStartComputeSystem(system, "");
  const made = await compute.HcsCreateProcess(system, JSON.stringify({ CommandLine: commands.runLong, ConsoleSize: [0, 0] }));
  await compute.HcsCloseProcess(made.process);
  await compute.HcsCloseComputeSystem(system);
  journal.record("compute-system", id, { owner: "oriel", pid: made.information.processId });
}

/** The calls that a step makes and the notifications that it causes, found by doing it: name, and how often. */
async function anatomyOf(
  step: Step<FakeWorld>,
  pending: boolean,
): Promise<{ calls: Map<string, number>; notifications: Map<number, number> }> {
  const world = newWorld(pending);
  await step.prepare(world);
  const before = world.fake.trace.length;
  const told = new Map(world.fake.notified());
  await step.run(world);
  const calls = new Map<string, number>();
  for (const { name } of world.fake.trace.slice(before)) calls.set(name, (calls.get(name) ?? 0) + 1);
  const notifications = new Map([...world.fake.notified()].map(([type, times]) => [type, times - (told.get(type) ?? 0)]));
  await world.runtime.delete(world.id);
  return { calls, notifications };
}

/** Every call and every notification of every step, with everything that can go wrong with it. */
export async function faultMatrix(): Promise<readonly FaultCase[]> {
  const cases: FaultCase[] = [];
  for (const step of [...steps, ...pauseSteps, restore]) {
    for (const pending of [true, false]) {
      const { calls, notifications } = await anatomyOf(step, pending);
      const add = (what: string, fault: Fault, times = 1) =>
        cases.push({ title: `${step.name}${pending ? "" : ", answered at once"}: ${what}`, step, pending, fault, times });
      for (const [call, times] of calls) {
        // Each time for itself, and every time from now on: what is tried again fails again.
        for (const nth of [...Array.from({ length: times }, (_, index) => index + 1), undefined]) {
          const which = nth === undefined ? `every ${call}` : `call ${nth} of ${call}`;
          const when = nth === undefined ? {} : { nth };
          const met = nth === undefined ? times : 1;
          for (const [how, fail] of Object.entries(failures)) add(`${which} ${how}`, { call, ...when, fail }, met);
          add(`${which} hangs`, { call, ...when, hang: true }, met);
          add(`${which} is late`, { call, ...when, delay: 5 }, met);
        }
      }
      for (const [notification, times] of notifications) {
        const name = Object.entries(HcsNotification).find(([, value]) => value === notification)?.[0] ?? String(notification);
        for (let nth = 1; nth <= times; nth++) {
          for (const effect of ["lose", "duplicate"] as const) {
            add(`${name} ${nth} comes ${effect === "lose" ? "never" : "twice"}`, { notification, nth, effect });
          }
        }
      }
    }
  }
  return cases;
}
