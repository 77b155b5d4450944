import { access, constants } from "node:fs/promises";

const known = [
  "/usr/bin/tini",
  "/usr/bin/tini-static",
  "/sbin/tini",
  "/usr/local/bin/tini",
  "/usr/local/bin/docker-init",
  "/usr/bin/docker-init",
];

/**
 * A program that adopts and reaps what its child leaves behind, as words to put before a command; none where none is
 * installed. Wine's processes are orphans by design, and wineserver waits half a second for each that nobody reaps,
 * which happens where process 1 is not an init: in most CI containers.
 */
export async function reaperCommand(): Promise<readonly string[]> {
  for (const file of known) {
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return [file, "-s", "--"];
  }
  return [];
}
