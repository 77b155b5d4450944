import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { foldName } from "./name-folding.ts";

/** Something found in a layer's folder. */
export interface FoundEntry {
  /** Absolute. */
  readonly path: string;
  /** Below the layer's folder, with `/`, as it is spelled there. */
  readonly name: string;
  readonly stats: Stats;
}

/**
 * What the layer in `root` has at `name` (with `/`), whatever its case and without going through links: layers come from
 * anywhere, and a link in one must not lead the engine out of it. undefined where there is nothing.
 */
export async function findInLayer(root: string, name: string): Promise<FoundEntry | undefined> {
  let found: FoundEntry = { path: root, name: "", stats: await lstat(root) };
  for (const part of name.split("/")) {
    if (!found.stats.isDirectory()) return undefined;
    const next = (await findChild(found, part)) ?? (await findChildFolded(found, part));
    if (next === undefined) return undefined;
    found = next;
  }
  return found;
}

/** Names in a directory of a layer; none where there is no directory of that name. */
export async function listInLayer(root: string, name: string): Promise<string[]> {
  const found = await findInLayer(root, name);
  return found?.stats.isDirectory() === true ? readdir(found.path) : [];
}

async function findChild(folder: FoundEntry, part: string): Promise<FoundEntry | undefined> {
  const child = path.join(folder.path, part);
  try {
    return { path: child, name: folder.name === "" ? part : `${folder.name}/${part}`, stats: await lstat(child) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function findChildFolded(folder: FoundEntry, part: string): Promise<FoundEntry | undefined> {
  const folded = foldName(part);
  const spelled = (await readdir(folder.path)).find((entry) => foldName(entry) === folded);
  return spelled === undefined ? undefined : findChild(folder, spelled);
}
