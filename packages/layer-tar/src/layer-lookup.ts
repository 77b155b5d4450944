import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { foldName } from "@oriel/contracts";

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
 *
 * @param listings to be kept by who looks for many names, so that a folder is listed once and not for each
 */
export async function findInLayer(root: string, name: string, listings = new FolderListings()): Promise<FoundEntry | undefined> {
  let found: FoundEntry = { path: root, name: "", stats: await lstat(root) };
  for (const part of name.split("/")) {
    if (!found.stats.isDirectory()) return undefined;
    const next = (await findChild(found, part)) ?? (await findChildFolded(found, part, listings));
    if (next === undefined) return undefined;
    found = next;
  }
  return found;
}

/** Folders whose names are remembered. */
const maxListings = 64;

/** Names in folders by their folded form, each folder listed when it is first asked for. */
export class FolderListings {
  readonly #list: (folder: string) => Promise<string[]>;
  readonly #folders = new Map<string, Map<string, string>>();

  /** @param list names in a folder, in its order */
  constructor(list: (folder: string) => Promise<string[]> = readdir) {
    this.#list = list;
  }

  /** A name as it is spelled in the folder; undefined where it has none of this name in whatever case. */
  async spell(folder: string, name: string): Promise<string | undefined> {
    let names = this.#folders.get(folder);
    if (names === undefined) {
      names = new Map((await this.#list(folder)).toReversed().map((entry) => [foldName(entry), entry]));
      if (this.#folders.size >= maxListings) this.#folders.clear();
      this.#folders.set(folder, names);
    }
    return names.get(foldName(name));
  }

  /** Says that a file was made. @param file absolute path */
  made(file: string): void {
    this.#folders.get(path.dirname(file))?.set(foldName(path.basename(file)), path.basename(file));
  }
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

async function findChildFolded(folder: FoundEntry, part: string, listings: FolderListings): Promise<FoundEntry | undefined> {
  const spelled = await listings.spell(folder.path, part);
  return spelled === undefined ? undefined : findChild(folder, spelled);
}
