import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { signalAll, waitUntil } from "../limits/process-signals.ts";
import { pidsWithVariable } from "../statistics/host-process.ts";
import type { WineInstallation } from "../wine-installation.ts";
import { releasePlaces } from "./places.ts";
import { removePrefix } from "./prefix.ts";
import { wineEnvironment } from "./wine-environment.ts";

const run = promisify(execFile);
const deadline = 10_000;

/** Removes what a guest of a former process left in `folder`: processes, and what was made for them. */
export async function removeStaleGuest(folder: string): Promise<void> {
  await endProcesses(folder);
  await releasePlaces(folder);
  await removePrefix(folder);
}

/**
 * Ends every process of a guest. A sandbox ends with its first one; without a sandbox all have the prefix in their environment.
 */
export async function endProcesses(folder: string): Promise<void> {
  const found = async (): Promise<number[]> =>
    (
      await Promise.all([`ORIEL_GUEST=${folder}`, `WINEPREFIX=${path.join(folder, "prefix")}`].map((each) => pidsWithVariable(each)))
    ).flat();
  await waitUntil(async () => {
    const left = await found();
    signalAll(left, "SIGKILL");
    return left.length === 0;
  }, deadline);
}

/** Without a sandbox: waits until the prefix's server has ended by itself, else ends it and with it every process of the prefix. */
export async function endWineServer(wine: WineInstallation, folder: string): Promise<void> {
  const prefix = path.join(folder, "prefix");
  // Nobody has a server who was never started.
  if (
    !(await access(prefix).then(
      () => true,
      () => false,
    ))
  )
    return;
  const env = wineEnvironment(prefix);
  const ended = await run(wine.server, ["-w"], { env, timeout: deadline }).then(
    () => true,
    () => false,
  );
  if (!ended) await endProcesses(folder);
}
