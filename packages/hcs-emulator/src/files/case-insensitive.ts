import { access, readdir } from "node:fs/promises";
import path from "node:path";

/** The entry of `folder` that has this name, whatever its case; undefined where there is none, or no folder. */
export async function findInFolder(folder: string, name: string): Promise<string | undefined> {
  try {
    await access(path.join(folder, name));
    return name;
  } catch {
    const entries = await readdir(folder).catch(() => []);
    return entries.find((entry) => sameName(entry, name));
  }
}

/** NTFS compares names by simple upper-casing; JavaScript's full case mapping would make `ß` two characters. */
export function sameName(a: string, b: string): boolean {
  return a === b || foldName(a) === foldName(b);
}

/** The form of a name that is the same for all its cases. */
export function foldName(name: string): string {
  const upper = name.toUpperCase();
  return upper.length === name.length ? upper : [...name].map((c) => (c.toUpperCase().length === c.length ? c.toUpperCase() : c)).join("");
}
