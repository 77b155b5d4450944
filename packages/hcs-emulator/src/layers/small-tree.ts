import { lstatSync, readdirSync } from "node:fs";
import path from "node:path";

/** Up to here a tree is small: to work on it takes no longer than to wake a thread for that. */
const most = { entries: 48, bytes: 256 * 1024 };
/** Bytes of a folder itself, which file systems give it for its names. */
const mostOfFolder = 8192;

/** Whether there is little in a folder, or nothing. No more of it is looked at than a small one has. Synchronous. */
export function isSmallTree(folder: string): boolean {
  let entries = 0;
  let bytes = 0;
  const fits = (at: string): boolean => {
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats === undefined) return true;
    entries += 1;
    if (!stats.isDirectory()) bytes += stats.size;
    if (entries > most.entries || bytes > most.bytes) return false;
    if (!stats.isDirectory()) return true;
    return stats.size <= mostOfFolder && readdirSync(at).every((name) => fits(path.join(at, name)));
  };
  return fits(folder);
}
