import { open, readFile } from "node:fs/promises";
import { eventually } from "../host.ts";
import type { WindowsDaemon } from "../windows/windows-daemon.ts";
import type { DaemonCall, RecordedStep, Recording, Scenario } from "./recording.ts";

/** What was written to a command's standard input; the recording does not say it. */
const inputs: Readonly<Record<string, string>> = { stdin: "line one\nline two\n" };

/** Puts the scenarios to the daemon, one after another; each starts without containers. */
export async function* runScenarios(daemon: WindowsDaemon, { scenarios, images }: Recording): AsyncGenerator<Scenario> {
  for (const image of images) {
    const { code, stderr } = await daemon.docker(["load", "-i", image]);
    if (code !== 0) throw new Error(`${image} could not be loaded: ${stderr}`);
  }
  for (const scenario of scenarios) {
    const begin = await settledSize(daemon.trace);
    const steps: RecordedStep[] = [];
    for (const { docker } of scenario.steps) {
      const { code, stdout, stderr } = await daemon.docker(docker, { stdin: inputs[scenario.name] ?? "" });
      steps.push({ docker, rc: code, stdout, stderr });
    }
    const end = await settledSize(daemon.trace);
    yield { name: scenario.name, steps, calls: await readCalls(daemon.trace, begin, end) };
    await removeContainers(daemon);
  }
}

/** The size of the trace when it has not grown for a while: what clients do not wait for is done. */
async function settledSize(trace: string): Promise<number> {
  let last = -1;
  let since = Date.now();
  await eventually("the daemon makes no more calls", async () => {
    const { length } = await readFile(trace);
    if (length !== last) since = Date.now();
    last = length;
    return Date.now() - since >= 150;
  });
  return last;
}

async function readCalls(trace: string, begin: number, end: number): Promise<DaemonCall[]> {
  const file = await open(trace);
  try {
    const { buffer } = await file.read(Buffer.alloc(end - begin), 0, end - begin, begin);
    return buffer
      .toString()
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as DaemonCall]));
  } finally {
    await file.close();
  }
}

async function removeContainers(daemon: WindowsDaemon): Promise<void> {
  const { stdout } = await daemon.docker(["ps", "-aq"]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await daemon.docker(["rm", "-f", ...ids]);
}
