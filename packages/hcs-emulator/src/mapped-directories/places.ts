import { lstatSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { findInFolder } from "../files/case-insensitive.ts";

/** Name of the list, in the folder of a compute system. */
const listName = "places.json";

/**
 * The folders and links that are made in a container so that mapped directories can be seen there. They are taken away again,
 * so that they are no change of the container's; the list of them is kept in a file, should this process not live so long.
 */
export class Places {
  readonly #file: string;
  readonly #made: string[] = [];

  /** @param folder of the compute system */
  constructor(folder: string) {
    this.#file = path.join(folder, listName);
  }

  /**
   * The folder of these names below `root`, whatever their case; made where it is missing.
   * @throws Error for a name that is no folder: a link of an image must not lead out of it
   */
  async folder(root: string, names: readonly string[]): Promise<string> {
    let at = root;
    for (const name of names) {
      const found = await findInFolder(at, name);
      at = path.join(at, found ?? name);
      if (found === undefined) this.#make(at, () => mkdirSync(at));
      else if (!lstatSync(at).isDirectory()) throw new Error(`'${name}' of the container is no folder, so nothing can be seen there`);
    }
    return at;
  }

  /**
   * A link at these names below `root`. @throws Error where something is already, which would have to be hidden
   */
  async link(root: string, names: readonly string[], target: string): Promise<void> {
    const parent = await this.folder(root, names.slice(0, -1));
    const name = names.at(-1) ?? "";
    const found = await findInFolder(parent, name);
    const file = path.join(parent, found ?? name);
    if (found !== undefined) {
      try {
        // An empty folder, as images have them for what is to be seen there, gives way; it is put back.
        rmdirSync(file);
      } catch {
        throw new Error(`'${names.join("\\")}' has content in the image; only where the host allows mounts can it be hidden`);
      }
    }
    this.#make(file, () => symlinkSync(target, file), found !== undefined);
  }

  /** The list is written first: what is on it may not be there, but nothing is there that is not on it. */
  #make(file: string, make: () => void, replaced = false): void {
    this.#made.push(...(replaced ? [`+${file}`] : [file]));
    writeFileSync(this.#file, JSON.stringify(this.#made));
    make();
  }

  async release(): Promise<void> {
    takeAway(this.#made);
  }
}

/** Takes away what the list in the folder of a former compute system names. */
export async function releasePlaces(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, listName), "utf8").catch(() => "[]");
  takeAway(JSON.parse(list) as string[]);
}

/** Last made first. Only empty folders and links go: content is somebody's. */
function takeAway(made: readonly string[]): void {
  for (const entry of made.toReversed()) {
    const replaced = entry.startsWith("+");
    const file = replaced ? entry.slice(1) : entry;
    const found = lstatSync(file, { throwIfNoEntry: false });
    try {
      if (found?.isSymbolicLink() === true) {
        unlinkSync(file);
        if (replaced) mkdirSync(file);
      } else if (found?.isDirectory() === true && !replaced) rmdirSync(file);
    } catch {
      // Something has been put there meanwhile.
    }
  }
}
