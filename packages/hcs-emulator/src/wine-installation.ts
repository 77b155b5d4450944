import { execFile } from "node:child_process";
import { access, constants, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An installed Wine, as far as the emulator needs it. */
export interface WineInstallation {
  /** The loader that is started: a binary, not a wrapper script, where one is known. */
  readonly loader: string;
  /** `wineserver`, or a wrapper of it. */
  readonly server: string;
  /** `wine-8.0 (Debian 8.0~repack-4)` */
  readonly version: string;
}

/** Real binaries first: a wrapper script costs a shell at each start. Debian and Ubuntu, Fedora, WineHQ, Homebrew. */
const loaders = [
  "/usr/lib/wine/wine64",
  "/usr/bin/wine64",
  "/opt/wine-stable/bin/wine64",
  "/opt/wine-devel/bin/wine64",
  "/opt/wine-staging/bin/wine64",
  "/usr/local/bin/wine64",
  "/opt/homebrew/bin/wine64",
  "/usr/bin/wine",
  "/usr/local/bin/wine",
  "/opt/homebrew/bin/wine",
];

/** What to tell a user who has no Wine. */
export const installWine =
  "install Wine: 'apt-get install wine64' on Debian and Ubuntu, 'dnf install wine-core' on Fedora, 'brew install --cask wine-stable' on macOS";

/**
 * Looks for Wine: the configured loader, else the known places, else PATH. Answers undefined where there is none, or
 * where the one found does not tell its version within five seconds.
 */
export async function findWine(configured = ""): Promise<WineInstallation | undefined> {
  const fromPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .flatMap((dir) => (dir ? [path.join(dir, "wine64"), path.join(dir, "wine")] : []));
  const candidates = configured ? [configured] : [...loaders, ...fromPath];
  for (const loader of candidates) {
    if (!(await isExecutable(loader))) continue;
    const server = await findServer(loader);
    const version = await versionOf(loader);
    if (server !== undefined && version !== undefined) return { loader, server, version };
  }
  return undefined;
}

async function findServer(loader: string): Promise<string | undefined> {
  const folders = new Set([path.dirname(loader), path.dirname(await realpath(loader)), "/usr/bin", "/usr/lib/wine"]);
  for (const folder of folders) {
    const server = path.join(folder, "wineserver");
    if (await isExecutable(server)) return server;
  }
  return undefined;
}

async function versionOf(loader: string): Promise<string | undefined> {
  // Without a HOME Wine looks for the account's passwd entry, and crashes where there is none.
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME || "/", WINEDEBUG: "-all" };
  try {
    const { stdout } = await run(loader, ["--version"], { timeout: 5_000, env });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
