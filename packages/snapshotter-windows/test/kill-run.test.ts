import { type KillRunReport, powerLack, snapshotKillRun, storageKillRun } from "@oriel/testkit";
import { describe, expect, test } from "vitest";

const module = new URL("./kill-run-storage.ts", import.meta.url);
const lack = await powerLack();

function expectWhole({ kills, done, cutShort, problems }: KillRunReport): void {
  console.log(`${kills} kills, ${done} operations reported done; cut short:`, cutShort);
  expect(problems).toEqual([]);
}

describe("killed at any moment", () => {
  test("the storage has every layer that was reported done, whole, and nothing else", { timeout: 1_800_000 }, async () => {
    expectWhole(await storageKillRun({ module }));
  });

  test("the snapshotter has every snapshot as it was reported done, or as it was before", { timeout: 1_800_000 }, async () => {
    expectWhole(await snapshotKillRun({ module }));
  });
});

if (lack === undefined) {
  describe("without power at any moment", () => {
    test("the storage has every layer that was reported done, whole, and nothing else", { timeout: 1_800_000 }, async () => {
      expectWhole(await storageKillRun({ module, power: true }));
    });

    test("the snapshotter has every snapshot as it was reported done, or as it was before", { timeout: 1_800_000 }, async () => {
      expectWhole(await snapshotKillRun({ module, power: true }));
    });
  });
} else {
  test("a machine that cannot lose its power here says what it lacks", () => {
    expect(lack).toMatch(/fuse|mount|mkfs|losetup/);
  });
}
