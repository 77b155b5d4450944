import { powerLack, storageKillRun } from "@oriel/testkit";
import { describe, expect, test } from "vitest";

const module = new URL("./kill-run-storage.ts", import.meta.url);
// That a machine says what it lacks for this is tested with the snapshotter.
const ways = (await powerLack()) === undefined ? ["killed", "without power"] : ["killed"];

describe.each(ways)("%s at any moment", (way) => {
  test("every layer that was reported done is whole, and nothing else is there", { timeout: 1_800_000 }, async () => {
    const report = await storageKillRun({ module, power: way !== "killed" });
    console.log(`${report.kills} kills, ${report.done} operations reported done; cut short:`, report.cutShort);
    expect(report.problems).toEqual([]);
  });
});
