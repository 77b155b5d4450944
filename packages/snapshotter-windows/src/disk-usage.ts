import { type BigIntStats, type Dirent, lstatSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { SnapshotUsage } from "@oriel/contracts";
import { type FolderEntry, listSmallFolder } from "@oriel/hcs-bindings";

/** Entries of a folder looked at side by side. */
const AT_ONCE = 16;
/** Folders of so many entries are looked at at once: the answers come sooner than a thread would. */
const FEW = 200;

/** Files that are looked at before others have a turn. */
const A_TURN = 100;

/** Ways to look at what is in a folder. */
interface Look {
  list(folder: string): Promise<readonly Pick<Dirent, "name" | "isDirectory">[]>;
  stat(file: string): Promise<BigIntStats>;
}

export interface MeasureFolderOptions {
  /**
   * Folder of the layer below: what shows through from there is not counted, as Windows may lay out a layer as a view of
   * all that is below it.
   * @default none
   */
  readonly parent?: string | undefined;
  /** Whether it was written just now: what the host knows of its files it knows without asking the disk. @default false */
  readonly fresh?: boolean;
  /** What is in it, from `listSmallFolder`: nothing is listed again then. */
  readonly listed?: readonly FolderEntry[] | undefined;
}

/**
 * What lies in a folder, itself not counted. A file with several names is counted once. What vanishes meanwhile, or may
 * not be looked at, is left out.
 */
export async function measureFolder(folder: string, { parent, fresh = false, listed }: MeasureFolderOptions = {}): Promise<SnapshotUsage> {
  const few = listed ?? listFew(folder);
  const isSmall = few !== undefined;
  const look: Look = { list: isSmall ? listAsKnown(few) : listByThread, stat: isSmall || fresh ? statInTurns() : statByThread };
  const statOf = (file: string) => look.stat(file).catch(ignoreUnseen);
  // What is below may be long unseen: of a few files the disk is asked at once, of many by threads.
  const statBelow = (file: string) => (isSmall ? statOf(file) : statByThread(file).catch(ignoreUnseen));
  // Of many files few are below, or all: each folder is asked once, and not for each file.
  const namesBelow = async (below: string | undefined): Promise<ReadonlySet<string> | undefined> =>
    below === undefined || isSmall ? undefined : new Set((await listByThread(below).catch(ignoreUnseen))?.map(({ name }) => name));
  const linked = new Set<string>();

  const measureFile = async (file: string, below: string | undefined): Promise<SnapshotUsage> => {
    const found = await statOf(file);
    if (found === undefined) return nothing;
    if (below !== undefined && showsThrough(found, await statBelow(below))) return nothing;
    if (found.nlink > 1n) {
      const identity = `${found.dev} ${found.ino}`;
      if (linked.has(identity)) return nothing;
      linked.add(identity);
    }
    return { size: found.isFile() ? Number(found.size) : 0, inodes: 1 };
  };

  /** Of all that is in it, itself not counted. */
  const measureContent = async (at: string, below: string | undefined): Promise<SnapshotUsage> => {
    const listing = await look.list(at).catch(ignoreUnseen);
    if (listing === undefined) return nothing;
    const lower = await namesBelow(below);
    let total = nothing;
    const waiting = new Set<Promise<void>>();
    const add = (measured: Promise<SnapshotUsage>) => {
      const added = measured
        .then((usage) => {
          total = { size: total.size + usage.size, inodes: total.inodes + usage.inodes };
        })
        .finally(() => waiting.delete(added));
      waiting.add(added);
      return added;
    };
    for (const entry of listing) {
      const file = path.join(at, entry.name);
      const same = below === undefined || lower?.has(entry.name) === false ? undefined : path.join(below, entry.name);
      // One folder after another: else a deep tree would have all of its folders open at once.
      if (entry.isDirectory()) await add(measureDirectory(file, same));
      else add(measureFile(file, same));
      if (waiting.size >= AT_ONCE) await Promise.race(waiting);
    }
    await Promise.all(waiting);
    return total;
  };

  /** A directory that is below as well counts for what it has of its own. */
  const measureDirectory = async (file: string, below: string | undefined): Promise<SnapshotUsage> => {
    const { size, inodes } = await measureContent(file, below);
    const isOwn = inodes > 0 || below === undefined || (await statBelow(below))?.isDirectory() !== true;
    return isOwn ? { size, inodes: inodes + 1 } : nothing;
  };

  return measureContent(folder, parent);
}

const listByThread: Look["list"] = (folder) => readdir(folder, { withFileTypes: true });
const statByThread: Look["stat"] = (file) => lstat(file, { bigint: true });

function listAsKnown(entries: readonly FolderEntry[]): Look["list"] {
  const known = new Map<string, Pick<Dirent, "name" | "isDirectory">[]>();
  for (const { path: file, kind } of entries) {
    const { dir, base } = path.parse(file);
    const there = known.get(dir) ?? [];
    known.set(dir, there);
    there.push({ name: base, isDirectory: () => kind === "directory" });
  }
  return async (folder) => known.get(folder) ?? [];
}

/** At once, which takes a tenth of what a thread does; now and then others have a turn. */
function statInTurns(): Look["stat"] {
  let looked = 0;
  return async (file) => {
    looked += 1;
    if (looked % A_TURN === 0) await setImmediate();
    return lstatSync(file, { bigint: true });
  };
}

const nothing: SnapshotUsage = { size: 0, inodes: 0 };

/** A second name of the file below, or a placeholder for it, which has its size and times. */
function showsThrough(own: BigIntStats, below: BigIntStats | undefined): boolean {
  if (below === undefined) return false;
  if (own.ino === below.ino && own.dev === below.dev) return true;
  return own.size === below.size && own.mtimeNs === below.mtimeNs && own.birthtimeNs === below.birthtimeNs;
}

/** What is in a folder of few entries; undefined for any other, and for one that cannot be read. At once. */
export function listFew(folder: string): readonly FolderEntry[] | undefined {
  try {
    return listSmallFolder(folder, FEW);
  } catch {
    return undefined;
  }
}

function ignoreUnseen(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EBUSY"].includes(error.code ?? "")) return undefined;
  throw error;
}
