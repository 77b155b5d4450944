import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import type { SnapshotUsage } from "@oriel/core";

/** Entries of a folder looked at side by side. */
const AT_ONCE = 16;

/**
 * What lies in a folder, itself not counted. A file with several names is counted once. What vanishes meanwhile, or may
 * not be looked at, is left out.
 *
 * @param parent folder of the layer below: what shows through from there is not counted, as Windows may lay out a layer as
 *   a view of all that is below it
 */
export async function measureFolder(folder: string, parent?: string): Promise<SnapshotUsage> {
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
    const listing = await readdir(at, { withFileTypes: true }).catch(ignoreUnseen);
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

function statOf(file: string): Promise<BigIntStats | undefined> {
  return lstat(file, { bigint: true }).catch(ignoreUnseen);
}

function ignoreUnseen(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EBUSY"].includes(error.code ?? "")) return undefined;
  throw error;
}
