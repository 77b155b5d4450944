import { lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import path from "node:path";
import { isResistance } from "../files/remove-tree.ts";

/** Up to here a tree is small: to work on it takes no longer than to wake a thread for that. */
const most = { entries: 48, bytes: 256 * 1024 };
/** Bytes of a folder itself, which file systems give it for its names: so many hold some hundred. */
export const maxOfFolder = 8192;

/** Whether there is little in a folder, or nothing. No more of it is looked at than a small one has. Synchronous. */
export function isSmallTree(folder: string): boolean {
  return listSmallTree(folder) !== undefined;
}

/** Removes a folder that there is little in, or nothing; returns false, and removes nothing, for any other. Synchronous. */
export function removeSmallTree(folder: string): boolean {
  const entries = listSmallTree(folder);
  for (const { file, isFolder } of entries ?? []) {
    if (isFolder) rmdirSync(file);
    else unlinkSync(file);
  }
  return entries !== undefined;
}

interface TreeEntry {
  readonly file: string;
  readonly isFolder: boolean;
}

/** Folders after what is in them; undefined where it is not small. */
function listSmallTree(folder: string): readonly TreeEntry[] | undefined {
  const entries: TreeEntry[] = [];
  let seen = 0;
  let bytes = 0;
  const fits = (file: string): boolean => {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return true;
    const isFolder = stats.isDirectory();
    seen += 1;
    if (!isFolder) bytes += stats.size;
    if (seen > most.entries || bytes > most.bytes) return false;
    if (isFolder && (stats.size > maxOfFolder || !readdirSync(file).every((name) => fits(path.join(file, name))))) return false;
    entries.push({ file, isFolder });
    return true;
  };
  try {
    return fits(folder) ? entries : undefined;
  } catch (error) {
    if (isResistance(error)) return undefined;
    throw error;
  }
}
