import { mkdir } from "node:fs/promises";
import path from "node:path";
import { insidePaths } from "../containment/inside-paths.ts";
import { Places } from "../guest/places.ts";
import { type ContainerPath, type MappedDirectory, parseContainerPath, placeOf } from "./mapped-directory.ts";

export interface MapDirectoriesOptions {
  readonly directories: readonly MappedDirectory[];
  /** Folder of the compute system, for what is made beside the root. */
  readonly folder: string;
  /** The container's root, C: inside. */
  readonly root: string;
}

/** A folder of the host, and where a sandbox shows it. */
export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Mapped directories, ready for the first process. */
export interface DirectoryView {
  /** Folders behind the drive letters other than C:, in lower case; as the container's processes have them. */
  readonly drives: ReadonlyMap<string, string>;
  /** In the order in which they must be shown. */
  readonly binds: readonly Bind[];
  /** Takes away what was made; when no process is left. */
  release(): Promise<void>;
}

interface Mapping extends ContainerPath {
  readonly directory: MappedDirectory;
}

/** What is seen inside of another comes after it. */
function inOrder(directories: readonly MappedDirectory[]): Mapping[] {
  return directories
    .map((directory): Mapping => ({ ...parseContainerPath(directory.containerPath), directory }))
    .sort((a, b) => a.names.length - b.names.length);
}

/**
 * Prepares the places at which a sandbox shows folders of the host. They are mounts that only the container's processes have:
 * they end with the last of them, whatever becomes of this process, and nobody who deletes or exports the container's files can
 * get into the folders of the host.
 * @throws Error for a folder that cannot be seen as it is wanted; nothing remains then
 */
export async function bindDirectories({ directories, folder, root }: MapDirectoriesOptions): Promise<DirectoryView> {
  const places = new Places(folder, "mapped");
  const drives = new Map<string, string>();
  const binds: Bind[] = [];
  const placed: { readonly place: string; readonly host: string; readonly target: string }[] = [];
  try {
    for (const { drive, names, directory } of inOrder(directories)) {
      const place = placeOf({ drive, names });
      const outer = placed.findLast((other) => place.startsWith(`${other.place}\\`));
      let target: string;
      if (outer !== undefined) {
        // A folder below a mapped one is made in that of the host: there it is seen through the first mount.
        const made = await places.folder(outer.host, names.slice(outer.place.split("\\").length - 1));
        target = path.join(outer.target, path.relative(outer.host, made));
      } else if (drive === "c") target = path.join(insidePaths.root, path.relative(root, await places.folder(root, names)));
      else target = path.join(insidePaths.drives, drive, ...names);
      if (drive !== "c") drives.set(drive, path.join(insidePaths.drives, drive));
      binds.push({ source: directory.hostPath, target, readOnly: directory.readOnly });
      placed.push({ place, host: directory.hostPath, target });
    }
    return { drives, binds, release: () => places.release() };
  } catch (error) {
    await places.release();
    throw error;
  }
}

/**
 * The same without a sandbox: a link leads to each folder, which cannot be kept from being written to.
 * @throws Error for a folder that cannot be seen as it is wanted; nothing remains then
 */
export async function linkDirectories({ directories, folder, root }: MapDirectoriesOptions): Promise<DirectoryView> {
  const places = new Places(folder, "mapped");
  try {
    const drives = await linkAll(inOrder(directories), places, folder, root);
    return { drives, binds: [], release: () => places.release() };
  } catch (error) {
    await places.release();
    throw error;
  }
}

async function driveFolder(drives: Map<string, string>, folder: string, drive: string): Promise<string> {
  const target = path.join(folder, "drives", drive);
  await mkdir(target, { recursive: true });
  drives.set(drive, target);
  return target;
}

const noSandbox = "without a sandbox (emulator.isolation = none) it is a link";

async function linkAll(mappings: readonly Mapping[], places: Places, folder: string, root: string): Promise<Map<string, string>> {
  const drives = new Map<string, string>();
  const placed: string[] = [];
  for (const { drive, names, directory } of mappings) {
    const { hostPath, containerPath, readOnly } = directory;
    if (readOnly) {
      throw new Error(`'${hostPath}' cannot be seen read-only at '${containerPath}': ${noSandbox}, and that would let the container write`);
    }
    const place = placeOf({ drive, names });
    if (placed.some((other) => place.startsWith(`${other}\\`))) {
      throw new Error(`'${containerPath}' lies in another mapped directory: ${noSandbox}, and that would lead into that one`);
    }
    placed.push(place);
    if (names.length === 0) drives.set(drive, hostPath);
    else await places.link(drive === "c" ? root : await driveFolder(drives, folder, drive), names, hostPath);
  }
  return drives;
}
