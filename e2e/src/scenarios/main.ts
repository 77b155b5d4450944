/** `pnpm scenarios [recording.json]`: how the daemon does what dockerd was recorded to do, in a Windows Node.js and on the emulated host. */
import { storage } from "../daemon.ts";
import { whyNoDocker, whyNoWindowsDaemon } from "../host.ts";
import { compareEmulated, compareUnderWine } from "./compare-scenarios.ts";
import { explainedWith } from "./explained-differences.ts";
import { installedVersions } from "./program-versions.ts";
import { readRecording } from "./recording.ts";
import { type ScenarioReport, scenarioTable, unexplained } from "./scenario-report.ts";

const recording = await readRecording(process.argv[2]);
let open = 0;

async function print(title: string, missing: string | undefined, compare: () => Promise<{ readonly reports: readonly ScenarioReport[] }>) {
  if (missing !== undefined) {
    process.stderr.write(`${title}: the scenarios cannot be run here: ${missing}\n`);
    open += 1;
    return;
  }
  const { reports } = await compare();
  process.stdout.write(`${title}\n\n${scenarioTable(reports, explainedWith(storage, await installedVersions()))}\n\n`);
  open += unexplained(reports).length;
}

await print("In a Windows Node.js under Wine, on the test vmcompute.dll", await whyNoWindowsDaemon(), () => compareUnderWine(recording));
await print("On the emulated host", whyNoDocker(), () => compareEmulated(recording));
process.exitCode = open === 0 ? 0 : 1;
