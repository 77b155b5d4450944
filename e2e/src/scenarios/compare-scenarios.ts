import { type DaemonEnd, startWindowsDaemon } from "../windows/windows-daemon.ts";
import { compareScenario } from "./compare-scenario.ts";
import { explainedDifferences } from "./explained-differences.ts";
import type { Recording } from "./recording.ts";
import { runScenarios } from "./run-scenarios.ts";
import { reportScenario, type ScenarioReport } from "./scenario-report.ts";

export interface Comparison {
  readonly reports: readonly ScenarioReport[];
  readonly end: DaemonEnd;
}

/** Puts the scenarios of a recording to one daemon in a Windows Node.js, and compares. */
export async function compareScenarios(recording: Recording): Promise<Comparison> {
  const daemon = await startWindowsDaemon();
  try {
    const recorded = new Map(recording.scenarios.map((scenario) => [scenario.name, scenario]));
    const reports: ScenarioReport[] = [];
    for await (const run of runScenarios(daemon, recording)) {
      const differences = compareScenario(recorded.get(run.name) ?? run, run, daemon.root);
      reports.push(reportScenario(run, differences, explainedDifferences));
    }
    return { reports, end: await daemon.stop() };
  } finally {
    await daemon.dispose();
  }
}
