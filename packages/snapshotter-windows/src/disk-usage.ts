import { type BigIntStats, type Dirent, lstatSync, readdirSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import type { SnapshotUsage } from "@oriel/core";
import { listSmallFolder } from "@oriel/hcs-bindings";

/** Entries of a folder looked at side by side. */
const AT_ONCE = 16;
/** Folders of so many entries are looked at at once: the answers come sooner than a thread would. */
const FEW = 200;

/** Ways to look at what is in a folder. */
interface Look {
  list(folder: string): Promise<readonly Dirent[]>;
  stat(file: string): Promise<BigIntStats>;
}

const onThreads: Look = {
  list: (folder) => readdir(folder, { withFileTypes: true }),
  stat: (file) => lstat(file, { bigint: true }),
};
const atOnce: Look = {
  list: async (folder) => readdirSync(folder, { withFileTypes: true }),
  stat: async (file) => lstatSync(file, { bigint: true }),
};

/**
 * What lies in a folder, itself not counted. A file with several names is counted once. What vanishes meanwhile, or may
 * not be looked at, is left out.
 *
 * @param parent folder of the layer below: what shows through from there is not counted, as Windows may lay out a layer as
 *   a view of all that is below it
 */
export async function measureFolder(folder: string, parent?: string): Promise<SnapshotUsage> {
  const look = isSmall(folder) ? atOnce : onThreads;
  const statOf = (file: string) => look.stat(file).catch(ignoreUnseen);
  const linked = new Set<string>();

  const measureFile = async (file: string, below: string | undefined): Promise<SnapshotUsage> => {
    const found = await statOf(file);
    if (found === undefined) return nothing;
    if (below !== undefined && showsThrough(found, await statOf(below))) return nothing;
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
      const same = below === undefined ? undefined : path.join(below, entry.name);
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
    const isOwn = inodes > 0 || below === undefined || (await statOf(below))?.isDirectory() !== true;
    return isOwn ? { size, inodes: inodes + 1 } : nothing;
  };

  return measureContent(folder, parent);
}

const nothing: SnapshotUsage = { size: 0, inodes: 0 };

/** A second name of the file below, or a placeholder for it, which has its size and times. */
function showsThrough(own: BigIntStats, below: BigIntStats | undefined): boolean {
  if (below === undefined) return false;
  if (own.ino === below.ino && own.dev === below.dev) return true;
  return own.size === below.size && own.mtimeNs === below.mtimeNs && own.birthtimeNs === below.birthtimeNs;
}

function isSmall(folder: string): boolean {
  try {
    return listSmallFolder(folder, FEW) !== undefined;
  } catch {
    return false;
  }
}

function ignoreUnseen(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EBUSY"].includes(error.code ?? "")) return undefined;
  throw error;
}
