/** `pnpm scenarios [recording.json]`: how the daemon, in a Windows Node.js, does what dockerd was recorded to do. */
import { whyNoWindowsDaemon } from "../host.ts";
import { compareScenarios } from "./compare-scenarios.ts";
import { explainedDifferences } from "./explained-differences.ts";
import { readRecording } from "./recording.ts";
import { scenarioTable, unexplained } from "./scenario-report.ts";

const missing = await whyNoWindowsDaemon();
if (missing !== undefined) {
  process.stderr.write(`the scenarios cannot be run here: ${missing}\n`);
  process.exit(1);
}
const { reports } = await compareScenarios(await readRecording(process.argv[2]));
process.stdout.write(`${scenarioTable(reports, explainedDifferences)}\n`);
process.exitCode = unexplained(reports).length === 0 ? 0 : 1;
