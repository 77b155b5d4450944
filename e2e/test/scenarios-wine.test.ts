import { describe, expect, it } from "vitest";
import { storage } from "../src/daemon.ts";
import { whyNoWindowsDaemon } from "../src/host.ts";
import { compareUnderWine } from "../src/scenarios/compare-scenarios.ts";
import { explainedWith } from "../src/scenarios/explained-differences.ts";
import { installedVersions } from "../src/scenarios/program-versions.ts";
import { readRecording } from "../src/scenarios/recording.ts";
import { outdated, unexplained } from "../src/scenarios/scenario-report.ts";

const skipped = await whyNoWindowsDaemon();
const recording = await readRecording();
const comparison = skipped === undefined ? await compareUnderWine(recording) : undefined;
const reports = comparison?.reports ?? [];

describe.skipIf(skipped !== undefined)(`what dockerd for Windows was recorded doing${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  it.each(recording.scenarios)("$name is done alike, or the difference has a reason", ({ name }) => {
    const report = reports.find((one) => one.name === name);
    expect(report).toBeDefined();
    expect(report === undefined ? [] : unexplained([report])).toEqual([]);
  });

  it("leaves no handle open", () => {
    expect(comparison?.end).toEqual({ code: 0, liveHandles: { systems: 0, processes: 0, callbacks: 0 } });
  });

  it("has no reason for what does not differ", async () => {
    expect(outdated(reports, explainedWith(storage, await installedVersions()))).toEqual([]);
  });
});
