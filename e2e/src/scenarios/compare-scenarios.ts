import { mkdir } from "node:fs/promises";
import path from "node:path";
import { guestProcesses } from "@oriel/testkit";
import { startDaemon, storage } from "../daemon.ts";
import { mountsBelow } from "../host.ts";
import { networkResources } from "../network-resources.ts";
import { type DaemonEnd, startWindowsDaemon } from "../windows/windows-daemon.ts";
import { compareScenario } from "./compare-scenario.ts";
import { imagesOnNano } from "./emulated-images.ts";
import { explainedWith } from "./explained-differences.ts";
import { installedVersions } from "./program-versions.ts";
import type { Recording } from "./recording.ts";
import { runScenarios } from "./run-scenarios.ts";
import type { ScenarioHost } from "./scenario-host.ts";
import { reportScenario, type ScenarioReport } from "./scenario-report.ts";

export interface WindowsComparison {
  readonly reports: readonly ScenarioReport[];
  readonly end: DaemonEnd;
}

/** Puts the scenarios of a recording to one daemon in a Windows Node.js on the test vmcompute.dll, and compares. */
export async function compareUnderWine(recording: Recording): Promise<WindowsComparison> {
  const daemon = await startWindowsDaemon();
  try {
    const { host: _, ...rest } = daemon;
    const reports = await compare({ ...rest, name: "windows", images: recording.images }, recording);
    return { reports, end: await daemon.stop() };
  } finally {
    await daemon.dispose();
  }
}

export interface EmulatedComparison {
  readonly reports: readonly ScenarioReport[];
  /** Processes of containers, mount points, name spaces, links and ports that are left when the daemon has ended. */
  readonly left: readonly string[];
}

/** Puts the scenarios to a daemon on the emulated host, with programs that really run, and compares what a docker user sees. */
export async function compareEmulated(recording: Recording): Promise<EmulatedComparison> {
  const images = [await imagesOnNano(recording.images)];
  const daemon = await startDaemon();
  try {
    const folder = path.join(daemon.folder, "windows-temp");
    await mkdir(folder);
    const localised = (words: readonly string[]) => words.map((word) => onThisHost(word, folder));
    const reports = await compare({ name: "emulated", root: daemon.root, images, localised, docker: daemon.docker }, recording);
    await daemon.end("SIGTERM");
    const { spaces, links, bridges, ports } = await networkResources(daemon);
    return {
      reports,
      left: [
        ...(await guestProcesses(daemon.folder)).map(({ program }) => program),
        ...(await mountsBelow(daemon.folder)),
        ...[spaces, links, bridges, ports].flat(),
      ],
    };
  } finally {
    await daemon.dispose();
  }
}

/** A folder of this host, a subnet that the host's own choice never has, and ports that are seldom taken. */
function onThisHost(word: string, folder: string): string {
  return word
    .replace(/^C:\\windows\\temp(?=:C:)/, folder)
    .replace(/^172\.29\./, "10.214.")
    .replace(/^(127\.0\.0\.1:)?(8080|8443|5353|8081)(?=:\d)/, (_, address = "", port) => `${address}1${port}`);
}

async function compare(host: ScenarioHost, { scenarios }: Recording): Promise<readonly ScenarioReport[]> {
  const recorded = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const reports: ScenarioReport[] = [];
  const explanations = explainedWith(storage, await installedVersions());
  for await (const run of runScenarios(host, scenarios)) {
    const scenario = recorded.get(run.name);
    if (scenario === undefined) throw new Error(`no scenario ${run.name} was recorded`);
    reports.push(reportScenario(run, compareScenario(scenario, run, host.root), host.name, explanations));
  }
  return reports;
}
