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

/** The path below `folder` that these names lead to, whatever their case; undefined where it ends before the last. */
export async function findPath(folder: string, names: readonly string[]): Promise<string | undefined> {
  let at = folder;
  for (const name of names) {
    const found = await findInFolder(at, name);
    if (found === undefined) return undefined;
    at = path.join(at, found);
  }
  return at;
}
