import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { type DaemonCall, isFailure, type RecordedStep, type Scenario, type ScenarioRun } from "./recording.ts";
import type { ScenarioHost } from "./scenario-host.ts";

/** What was written to a command's standard input; the recording does not say it. */
const inputs: Readonly<Record<string, string>> = { stdin: "line one\nline two\n" };

/** Puts the scenarios to the daemon, one after another; each starts without containers, networks and volumes. */
export async function* runScenarios(host: ScenarioHost, scenarios: readonly Scenario[]): AsyncGenerator<ScenarioRun> {
  for (const image of host.images) {
    const { code, stderr } = await host.docker(["load", "-i", image]);
    if (code !== 0) throw new Error(`${image} could not be loaded: ${stderr}`);
  }
  for (const scenario of scenarios) {
    const calls = await callsFromNow(host.trace);
    const steps: RecordedStep[] = [];
    for (const { docker } of scenario.steps) {
      const words = host.localised?.(docker) ?? docker;
      // docker's client sends `--until 0s` as the whole second that has begun: what happened within it would come after that.
      if (docker.includes("--until")) await setTimeout(1000 - (Date.now() % 1000));
      const { code, stdout, stderr } = await host.docker(words, { stdin: inputs[scenario.name] ?? "" });
      steps.push({ docker, rc: code, stdout, stderr });
    }
    yield { name: scenario.name, steps, calls: await calls() };
    await removeAll(host);
    await calls();
  }
}

/**
 * The calls since now, after the last. What clients do not wait for, such as the removal of a container whose start failed, is done
 * when all that was made is given back. A scenario that leaves something is read when there were no more calls for a while.
 */
async function callsFromNow(trace: string | undefined): Promise<() => Promise<readonly DaemonCall[] | undefined>> {
  if (trace === undefined) return async () => undefined;
  const begin = (await readFile(trace)).length;
  return async () => {
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
      await setTimeout(20);
    }
  };
}

/** What makes something, and what gives it back. Not every storage has the host create a scratch, but all give it its size. */
const pairs = [
  ["ExpandSandboxSize ", "DestroyLayer "],
  ["HcsCreateComputeSystem ", "HcsCloseComputeSystem "],
  ["HcsCreateProcess ", "HcsCloseProcess "],
  ["HNSCall POST /endpoints/", "HNSCall DELETE /endpoints/"],
] as const;

function isGivenBack(calls: readonly DaemonCall[]): boolean {
  const count = (name: string) =>
    calls.filter(({ call, target, hresult }) => `${call} ${target}`.startsWith(name) && !isFailure(hresult)).length;
  return pairs.every(([make, giveBack]) => count(make) === count(giveBack));
}

/** What a scenario left, its containers first. */
async function removeAll(host: ScenarioHost): Promise<void> {
  const { stdout } = await host.docker(["ps", "-aq"]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await host.docker(["rm", "-f", ...ids]);
  await host.docker(["network", "prune", "-f"]);
  await host.docker(["volume", "prune", "-af"]);
}
