import { readFile } from "node:fs/promises";
import type { WindowsDaemon } from "../windows/windows-daemon.ts";
import { type DaemonCall, isFailure, type RecordedStep, type Recording, type Scenario } from "./recording.ts";

/** What was written to a command's standard input; the recording does not say it. */
const inputs: Readonly<Record<string, string>> = { stdin: "line one\nline two\n" };

/** Puts the scenarios to the daemon, one after another; each starts without containers. */
export async function* runScenarios(daemon: WindowsDaemon, { scenarios, images }: Recording): AsyncGenerator<Scenario> {
  for (const image of images) {
    const { code, stderr } = await daemon.docker(["load", "-i", image]);
    if (code !== 0) throw new Error(`${image} could not be loaded: ${stderr}`);
  }
  for (const scenario of scenarios) {
    const begin = (await readFile(daemon.trace)).length;
    const steps: RecordedStep[] = [];
    for (const { docker } of scenario.steps) {
      const { code, stdout, stderr } = await daemon.docker(docker, { stdin: inputs[scenario.name] ?? "" });
      steps.push({ docker, rc: code, stdout, stderr });
    }
    yield { name: scenario.name, steps, calls: await callsSince(daemon.trace, begin) };
    await removeContainers(daemon);
    await callsSince(daemon.trace, begin);
  }
}

/**
 * The calls since the trace had a size, after the last. What clients do not wait for, such as the removal of a container whose start
 * failed, is done when all that was made is given back. A scenario that leaves something is read when there were no more calls for a while.
 */
async function callsSince(trace: string, begin: number): Promise<readonly DaemonCall[]> {
  for (let last = -1, quietSince = Date.now(); ; ) {
    const bytes = (await readFile(trace)).subarray(begin);
    const calls = bytes
      .toString()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as DaemonCall);
    if (bytes.length !== last) quietSince = Date.now();
    last = bytes.length;
    const quiet = Date.now() - quietSince;
    if (quiet >= 5_000 || (quiet >= 100 && isGivenBack(calls))) return calls;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What makes something, and what gives it back. */
const pairs = [
  ["CreateSandboxLayer", "DestroyLayer"],
  ["HcsCreateComputeSystem", "HcsCloseComputeSystem"],
  ["HcsCreateProcess", "HcsCloseProcess"],
] as const;

function isGivenBack(calls: readonly DaemonCall[]): boolean {
  const count = (name: string) => calls.filter(({ call, hresult }) => call === name && !isFailure(hresult)).length;
  return pairs.every(([make, giveBack]) => count(make) === count(giveBack));
}

async function removeContainers(daemon: WindowsDaemon): Promise<void> {
  const { stdout } = await daemon.docker(["ps", "-aq"]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await daemon.docker(["rm", "-f", ...ids]);
}
