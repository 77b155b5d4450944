import { access, constants } from "node:fs/promises";
import { fixedAddresses } from "../fixed-addresses.ts";
import type { WineInstallation } from "../wine-installation.ts";

const known = [
  "/usr/bin/tini",
  "/usr/bin/tini-static",
  "/sbin/tini",
  "/usr/local/bin/tini",
  "/usr/local/bin/docker-init",
  "/usr/bin/docker-init",
];

/** Stays until the last process of the prefix is gone, so that there is somebody to reap it. */
const untilServerEnds = '"$0" "$1"; code=$?; "$2" -w; exit $code';

/**
 * The command that runs the agent. Wine's processes are orphans by design, and wineserver waits half a second for each
 * that nobody reaps, which happens where process 1 is not an init: in most CI containers. So where tini is installed, it
 * adopts and reaps them.
 */
export async function agentCommand(wine: WineInstallation, agent: string): Promise<readonly [command: string, ...words: string[]]> {
  const before = await fixedAddresses();
  for (const file of known) {
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return [file, "-s", "--", ...before, "/bin/sh", "-c", untilServerEnds, wine.loader, agent, wine.server];
  }
  const [command = wine.loader, ...words] = [...before, wine.loader, agent];
  return [command, ...words];
}
