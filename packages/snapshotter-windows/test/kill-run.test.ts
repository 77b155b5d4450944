import { storageKillRun } from "@oriel/testkit";
import { expect, test } from "vitest";

test("killed at any moment, every layer that was reported done is whole, and nothing else is there", { timeout: 1_800_000 }, async () => {
  const report = await storageKillRun({ module: new URL("./kill-run-storage.ts", import.meta.url) });
  console.log(`${report.kills} kills, ${report.done} operations reported done; cut short:`, report.cutShort);
  expect(report.problems).toEqual([]);
});
