import { execFile } from "node:child_process";
import { access, constants, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { FailedPreconditionError, InvalidArgumentError } from "@oriel/contracts";

const run = promisify(execFile);
const op = "nano.find-wine";

/** An installed Wine, as the image is built from it. */
export interface WinePrograms {
  /** Absolute path of the loader that was asked for its version. */
  readonly loader: string;
  /** Folder of the 64-bit programs and DLLs in Windows' format: `…/wine/x86_64-windows`. */
  readonly folder: string;
  /** As `wine --version` says it: `wine-8.0 (Debian 8.0~repack-4)`. */
  readonly version: string;
}

export interface FindWineProgramsOptions {
  /**
   * The loader, or the folder that Wine is installed in (the one with `bin` and `lib`).
   * @default the known places of distributions and of WineHQ, then PATH
   */
  readonly wine?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

// Debian's and WineHQ's own loaders first: /usr/bin/wine is a wrapper script there.
const loaders = [
  "/usr/lib/wine/wine64",
  "/usr/bin/wine64",
  "/usr/bin/wine",
  "/opt/wine-stable/bin/wine",
  "/opt/wine-devel/bin/wine",
  "/opt/wine-staging/bin/wine",
  "/usr/local/bin/wine",
  "/opt/homebrew/bin/wine",
  "/Applications/Wine Stable.app/Contents/Resources/wine/bin/wine",
];

const programFolder = path.join("wine", "x86_64-windows");

/** What to tell a user who has no Wine that fits. */
export const installWineRemedy =
  "Install a 64-bit Wine: 'apt-get install wine64' on Debian and Ubuntu, 'dnf install wine-core' on Fedora, 'zypper install wine' on openSUSE, " +
  "'pacman -S wine' on Arch, 'brew install --cask wine-stable' on macOS; or name the one to use.";

/**
 * Looks for Wine and its Windows programs.
 *
 * @throws FailedPreconditionError with what to install, when there is none; InvalidArgumentError when `options.wine` is
 *   no Wine.
 */
export async function findWinePrograms(options: FindWineProgramsOptions = {}): Promise<WinePrograms> {
  const candidates = options.wine === undefined ? [...loaders, ...onPath()] : asked(options.wine);
  for (const loader of candidates) {
    const found = await inspect(loader, options.signal);
    if (found !== undefined) return found;
  }
  if (options.wine !== undefined) {
    throw new InvalidArgumentError(
      `${options.wine} is neither a Wine loader nor a folder with one, or it has no ${programFolder} folder with 64-bit programs`,
      { op, resource: options.wine, remedy: installWineRemedy },
    );
  }
  throw new FailedPreconditionError("there is no 64-bit Wine on this machine", { op, remedy: installWineRemedy });
}

function onPath(): string[] {
  return (process.env.PATH ?? "")
    .split(path.delimiter)
    .flatMap((folder) => (path.isAbsolute(folder) ? [path.join(folder, "wine64"), path.join(folder, "wine")] : []));
}

function asked(wine: string): string[] {
  return [wine, ...["bin/wine64", "bin/wine", "lib/wine/wine64"].map((below) => path.join(wine, below))].map((each) => path.resolve(each));
}

async function inspect(loader: string, signal: AbortSignal | undefined): Promise<WinePrograms | undefined> {
  const real = await realpath(loader).catch(() => undefined);
  // A folder is executable too; running it below fails, and that is an answer.
  if (real === undefined || !(await isAccessible(real, constants.X_OK))) return undefined;
  const folder = await findProgramFolder([path.dirname(real), path.dirname(loader)]);
  if (folder === undefined) return undefined;
  const version = await askVersion(loader, signal);
  return version === undefined ? undefined : { loader, folder, version };
}

/** Wine finds its programs relative to its loader; the same, for the layouts that distributions use. */
async function findProgramFolder(loaderFolders: readonly string[]): Promise<string | undefined> {
  const libraries = ["lib", "lib64", "lib/x86_64-linux-gnu"];
  const candidates = loaderFolders.flatMap((folder) => [
    // /usr/lib/wine/wine64 beside /usr/lib/wine/x86_64-windows, or /usr/lib/x86_64-linux-gnu/wine/x86_64-windows
    path.join(folder, "x86_64-windows"),
    path.join(folder, "..", "x86_64-linux-gnu", programFolder),
    ...libraries.map((library) => path.join(folder, "..", library, programFolder)),
  ]);
  for (const candidate of candidates) {
    if (await isAccessible(path.join(candidate, "ntdll.dll"), constants.R_OK)) return candidate;
  }
  return undefined;
}

async function askVersion(loader: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    // Without a HOME Wine looks for the account's passwd entry, and crashes where there is none.
    const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME || "/", WINEDEBUG: "-all" };
    const { stdout } = await run(loader, ["--version"], { timeout: 10_000, env, signal });
    return /^wine-\S.*$/m.exec(stdout)?.[0].trim();
  } catch {
    signal?.throwIfAborted();
    // A loader that does not run is none; the caller tries the next.
    return undefined;
  }
}

async function isAccessible(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
