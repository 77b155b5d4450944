import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createFakeRawHcs } from "@oriel/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createComputeSystem } from "../src/compute-systems.ts";
import { type LeakListener, type LiveHandle, liveHandles, onHandleLeak } from "../src/live-handles.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const leaks: LiveHandle[] = [];
let former: LeakListener;

beforeEach(() => {
  leaks.length = 0;
  former = onHandleLeak((handle) => leaks.push(handle));
});
afterEach(() => {
  onHandleLeak(former);
});

const document = { SystemType: "Container", Name: "c1", Layers: [], HvPartition: false } as const;

async function dropped(fake: ReturnType<typeof createFakeRawHcs>): Promise<void> {
  const system = await createComputeSystem(fake.raw, "dropped", { ...document, Layers: [] });
  await system.start();
  await system.createProcess({ CommandLine: "exit 0", ConsoleSize: [0, 0] });
}

it("closes a handle whose owner was dropped, and tells who listens for that", async () => {
  const fake = createFakeRawHcs();
  await dropped(fake);
  expect(liveHandles().map((handle) => handle.kind)).toEqual(["system", "process"]);
  for (let round = 0; round < 200 && liveHandles().length > 0; round++) {
    collectGarbage();
    await nextTurn();
  }
  expect(leaks.map((leak) => leak.kind).sort()).toEqual(["process", "system"]);
  expect(leaks.map((leak) => leak.label).sort()[0]).toBe("dropped");
  expect(liveHandles()).toEqual([]);
  expect(fake.openHandles()).toBe(0);
});

it("says nothing of a handle that was closed", async () => {
  const fake = createFakeRawHcs();
  await (await createComputeSystem(fake.raw, "closed", { ...document, Layers: [] })).close();
  for (let round = 0; round < 20; round++) {
    collectGarbage();
    await nextTurn();
  }
  expect(leaks).toEqual([]);
});
