import type { MountSpec } from "@oriel/contracts";
import { foldName } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";

/** Something of the host that is put into the container. */
export interface SpecMount {
  /** Folder, or `\\.\pipe\name`, of the host. */
  readonly source: string;
  /** Absolute path, or `\\.\pipe\name`, in the container. */
  readonly destination: string;
  /** @default false */
  readonly readOnly?: boolean;
}

const pipePrefix = /^[\\/]{2}\.[\\/]pipe[\\/]/i;

/** Whether the path names a pipe: `\\.\pipe\…` in any case and with either slash. */
export function isPipePath(path: string): boolean {
  return pipePrefix.test(path);
}

/** The path of a pipe with its prefix spelled `\\.\pipe\`, which runtimes compare letter by letter; others unchanged. */
export function canonicalPipePath(path: string): string {
  return path.replace(pipePrefix, "\\\\.\\pipe\\");
}

/**
 * The form under which two spellings of a place in a Windows container are the same text: one kind of slash, no `.` and `..`, no dots and
 * blanks at the end of a name, no case. `C:` for the root of the drive.
 */
export function windowsPlace(path: string): string {
  const names: string[] = [];
  for (const name of foldName(canonicalPipePath(path)).split(/[\\/]+/)) {
    if (name === "..") names.splice(Math.max(1, names.length - 1));
    // Windows takes dots and blanks off the end of every name.
    else if (names.length === 0 || !/^[. ]*$/.test(name)) names.push(name.replace(/[. ]+$/, ""));
  }
  return names.join("\\");
}

/**
 * @throws InvalidArgumentError for a mount without source or destination, for one between a pipe and a folder, and for
 *   two mounts at one destination.
 */
export function mountSpecs(mounts: readonly SpecMount[], placeOf: (path: string) => string): MountSpec[] {
  const taken = new Set<string>();
  return mounts.map((mount) => {
    if (mount.source === "" || mount.destination === "") {
      throw invalidOption(`mount of ${JSON.stringify(mount.source)} at ${JSON.stringify(mount.destination)}: both must be given`);
    }
    if (isPipePath(mount.source) !== isPipePath(mount.destination)) {
      throw invalidOption(
        `mount of ${mount.source} at ${mount.destination}: a pipe can only be mounted at a pipe`,
        "Give both sides as \\\\.\\pipe\\name, or none.",
      );
    }
    const destination = canonicalPipePath(mount.destination);
    const key = placeOf(destination);
    if (taken.has(key)) throw invalidOption(`Duplicate mount point: ${mount.destination}`);
    taken.add(key);
    return {
      destination,
      source: canonicalPipePath(mount.source),
      ...(mount.readOnly === true ? { options: ["ro"] } : {}),
    };
  });
}
