import { access, readdir } from "node:fs/promises";
import path from "node:path";
import { foldName } from "@oriel/contracts";

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

/** Whether two names are one on NTFS. */
export function sameName(a: string, b: string): boolean {
  return a === b || foldName(a) === foldName(b);
}
