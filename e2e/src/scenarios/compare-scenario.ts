import { compareCalls } from "./compare-calls.ts";
import { compareDocuments } from "./compare-documents.ts";
import type { Difference } from "./difference.ts";
import { Names } from "./names.ts";
import type { Scenario, ScenarioRun } from "./recording.ts";

/** Data root of the daemon that was recorded. */
const recordedRoot = "C:\\docker";

/** In what a run of a scenario was not like its recording. */
export function compareScenario(recorded: Scenario, run: ScenarioRun, root: string): Difference[] {
  const names = new Names({ ours: root, recorded: recordedRoot });
  // The ids of what is named in the output are learnt from the documents.
  const documents = run.calls === undefined ? [] : compareDocuments(recorded.calls, run.calls, names);
  const steps = recorded.steps.flatMap((step, index): Difference[] => {
    const ours = run.steps[index] ?? { rc: -1, stdout: "", stderr: "" };
    const where = `docker ${step.docker[0]}`;
    const streams = (["stdout", "stderr"] as const).filter((stream) => !names.match(withoutHint(step[stream]), withoutHint(ours[stream])));
    return [
      ...(step.rc === ours.rc ? [] : [{ aspect: "exit codes" as const, where, dockerd: `${step.rc}`, oriel: `${ours.rc}` }]),
      ...streams.map((stream) => ({
        aspect: "output" as const,
        where: `${where}: ${stream}`,
        dockerd: JSON.stringify(withoutHint(step[stream])),
        oriel: JSON.stringify(names.normalised(withoutHint(ours[stream]))),
      })),
    ];
  });
  return [...steps, ...documents, ...(run.calls === undefined ? [] : compareCalls(recorded.calls, run.calls))];
}

/** Docker's client closes an error with a hint of its own. Older ones see to it that a full stop stands before it. */
function withoutHint(text: string): string {
  return text.replace(/\.?(\n\nUsage: [^\n]*)?(\nSee '.* --help'\.|\n\nRun '.* --help' for more information)\n$/, "\n");
}
