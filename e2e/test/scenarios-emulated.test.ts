import { describe, expect, it } from "vitest";
import { storage } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { compareEmulated } from "../src/scenarios/compare-scenarios.ts";
import { explainedWith } from "../src/scenarios/explained-differences.ts";
import { installedVersions } from "../src/scenarios/program-versions.ts";
import { readRecording } from "../src/scenarios/recording.ts";
import { outdated, unexplained } from "../src/scenarios/scenario-report.ts";

const skipped = whyNoDocker();
const recording = await readRecording();
const comparison = skipped === undefined ? await compareEmulated(recording) : undefined;
const reports = comparison?.reports ?? [];

describe.skipIf(skipped !== undefined)(
  `on the emulated host, what dockerd was recorded doing${skipped ? ` (skipped: ${skipped})` : ""}`,
  () => {
    it.each(recording.scenarios)("$name is seen alike, or the difference has a reason", ({ name }) => {
      const report = reports.find((one) => one.name === name);
      expect(report).toBeDefined();
      expect(report === undefined ? [] : unexplained([report])).toEqual([]);
    });

    it("leaves no process, mount, name space, link or port", () => {
      expect(comparison?.left).toEqual([]);
    });

    it("has no reason for what does not differ", async () => {
      expect(outdated(reports, explainedWith(storage, await installedVersions()))).toEqual([]);
    });
  },
);
