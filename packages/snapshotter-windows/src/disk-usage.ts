import { lstat, opendir } from "node:fs/promises";
import path from "node:path";
import type { SnapshotUsage } from "@oriel/core";

/** Files looked at side by side. */
const AT_ONCE = 16;

/**
 * What lies in a folder, itself not counted. A file with several names is counted once. What vanishes meanwhile, or may
 * not be looked at, is left out.
 */
export async function measureFolder(folder: string): Promise<SnapshotUsage> {
  let size = 0;
  let inodes = 0;
  const linked = new Set<string>();
  const waiting = new Set<Promise<void>>();

  const measure = async (file: string) => {
    const found = await lstat(file, { bigint: true }).catch(ignoreUnseen);
    if (found === undefined) return;
    if (found.nlink > 1n && !found.isDirectory()) {
      const identity = `${found.dev} ${found.ino}`;
      if (linked.has(identity)) return;
      linked.add(identity);
    }
    inodes += 1;
    if (found.isFile()) size += Number(found.size);
  };

  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const listing = await opendir(at).catch(ignoreUnseen);
    if (listing === undefined) continue;
    for await (const entry of listing) {
      const file = path.join(at, entry.name);
      if (entry.isDirectory()) folders.push(file);
      const measured = measure(file).finally(() => waiting.delete(measured));
      waiting.add(measured);
      if (waiting.size >= AT_ONCE) await Promise.race(waiting);
    }
  }
  await Promise.all(waiting);
  return { size, inodes };
}

function ignoreUnseen(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "EACCES", "EPERM", "EBUSY"].includes(error.code ?? "")) return undefined;
  throw error;
}
