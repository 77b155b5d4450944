import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Places } from "../guest/places.ts";
import { type ContainerPath, type MappedDirectory, parseContainerPath, placeOf } from "./mapped-directory.ts";
import { bestMapping, type MappingKind, nameSpaces } from "./mapping-kind.ts";

export interface MapDirectoriesOptions {
  readonly directories: readonly MappedDirectory[];
  /** Folder of the compute system, for what is made beside the root. */
  readonly folder: string;
  /** The container's root, C: inside. */
  readonly root: string;
  /** @default the best that this host allows */
  readonly kind?: MappingKind | undefined;
}

/** Mapped directories, ready for the first process. */
export interface DirectoryView {
  /** Folders behind the drive letters other than C:, in lower case. */
  readonly drives: ReadonlyMap<string, string>;
  /** Words to put before the command that starts the container's processes: it and they see the mounts, nobody else. */
  readonly before: readonly string[];
  /** What went wrong when `before` ended with `mountsFailed`. */
  readonly log: string;
  /** Takes away what was made; when no process is left. */
  release(): Promise<void>;
}

/** Exit code of the words before the command when a mount was refused. */
export const mountsFailed = 124;

/**
 * Makes mounts in a name space of their own, so that they end with the last process of the container, whatever becomes of this
 * one, and nobody who deletes or exports the container's files can get into the folders of the host. Roots of other containers
 * are not held: they must be free when those end.
 *
 * Words: the log, the container's root; then target, host folder and `ro` or `rw` for each; `--`; the command.
 */
const mountScript = [
  "log=$1 root=$2; shift 2",
  'while read -r _ _ _ _ at _; do case "$at" in "$root") ;; */.oriel/root) umount -l "$at" ;; esac; done < /proc/self/mountinfo 2> /dev/null',
  'while [ "$1" != -- ]; do',
  `  mount $([ "$3" = ro ] && echo --bind || echo --rbind) -- "$2" "$1" 2> "$log" || exit ${mountsFailed}`,
  // What else the mount forbids, nobody in a user name space may allow again.
  '  [ "$3" = rw ] || mount -o "remount,bind,ro,$(findmnt -n -o VFS-OPTIONS -T "$1" | sed "s/^r[ow],*//")" -- "$1" 2> "$log" ||',
  `    exit ${mountsFailed}`,
  "  shift 3",
  "done",
  'shift; exec "$@"',
].join("\n");

interface Mapping extends ContainerPath {
  readonly directory: MappedDirectory;
}

/** The rights to mount, which a user name space gives, are for nobody but the script. */
const dropRights = ["setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--"];

/**
 * Prepares the places at which folders of the host are seen. Where no mounts are allowed a link leads to the folder, which
 * cannot be kept from being written to.
 * @throws Error for a folder that cannot be seen as it is wanted; nothing remains then
 */
export async function mapDirectories({ directories, folder, root, kind: given }: MapDirectoriesOptions): Promise<DirectoryView> {
  const mappings = directories
    .map((directory): Mapping => ({ ...parseContainerPath(directory.containerPath), directory }))
    // What is seen inside of another comes after it.
    .sort((a, b) => a.names.length - b.names.length);
  const places = new Places(folder, "mapped");
  const log = path.join(folder, "mounts.log");
  const none = { drives: new Map<string, string>(), before: [], log, release: () => places.release() };
  if (mappings.length === 0) return none;
  try {
    const kind = given ?? (await bestMapping());
    if (kind === "links") return { ...none, drives: await linkAll(mappings, places, folder, root) };
    const { drives, mounts } = await planMounts(mappings, places, folder, root);
    const script = ["/bin/sh", "-c", mountScript, "map-directories", log, escapeMount(root), ...mounts, "--"];
    return { ...none, drives, before: [...nameSpaces[kind], ...script, ...(kind === "user-mounts" ? dropRights : [])] };
  } catch (error) {
    await places.release();
    throw error;
  }
}

async function planMounts(mappings: readonly Mapping[], places: Places, folder: string, root: string) {
  const drives = new Map<string, string>();
  const mounts: string[] = [];
  const placed: { readonly place: string; readonly host: string; readonly target: string }[] = [];
  for (const { drive, names, directory } of mappings) {
    const base = drive === "c" ? root : await driveFolder(drives, folder, drive);
    const place = placeOf({ drive, names });
    // A folder below a mapped one is made in that of the host: there it is seen through the first mount.
    const outer = placed.findLast((other) => place.startsWith(`${other.place}\\`));
    let target: string;
    if (outer === undefined) target = await places.folder(base, names);
    else {
      const rest = names.slice(outer.place.split("\\").length - 1);
      const made = await places.folder(outer.host, rest);
      target = path.join(outer.target, path.relative(outer.host, made));
    }
    mounts.push(target, directory.hostPath, directory.readOnly ? "ro" : "rw");
    placed.push({ place, host: directory.hostPath, target });
  }
  return { drives, mounts };
}

async function driveFolder(drives: Map<string, string>, folder: string, drive: string): Promise<string> {
  const target = path.join(folder, "drives", drive);
  await mkdir(target, { recursive: true });
  drives.set(drive, target);
  return target;
}

async function linkAll(mappings: readonly Mapping[], places: Places, folder: string, root: string): Promise<Map<string, string>> {
  const drives = new Map<string, string>();
  const placed: string[] = [];
  for (const { drive, names, directory } of mappings) {
    const { hostPath, containerPath, readOnly } = directory;
    if (readOnly) {
      throw new Error(
        `'${hostPath}' cannot be seen read-only at '${containerPath}': this host allows no mounts, and a link would let the container write`,
      );
    }
    const place = placeOf({ drive, names });
    if (placed.some((other) => place.startsWith(`${other}\\`))) {
      throw new Error(
        `'${containerPath}' lies in another mapped directory: this host allows no mounts, and links would lead into that one`,
      );
    }
    placed.push(place);
    if (names.length === 0) drives.set(drive, hostPath);
    else await places.link(drive === "c" ? root : await driveFolder(drives, folder, drive), names, hostPath);
  }
  return drives;
}

/** As the kernel writes mount points in its table (proc_pid_mountinfo(5)). */
function escapeMount(target: string): string {
  return target.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
