import { lstatSync, mkdirSync, realpathSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { findInFolder } from "../files/case-insensitive.ts";
import { giveToOwnerOfFolder } from "../files/owner.ts";

/** Lists in the folder of a compute system. */
const listName = /^places-\w+\.json$/;

/**
 * What is made in a container's root for its run only: folders and links at which mapped directories are seen, and an empty
 * file. It is taken away again, so that it is no change of the container's; the list of it is kept in a file, should this
 * process not live so long.
 */
export class Places {
  readonly #file: string;
  readonly #made: string[] = [];

  /**
   * @param folder of the compute system
   * @param purpose a word of its own for each list in that folder
   */
  constructor(folder: string, purpose: string) {
    this.#file = path.join(folder, `places-${purpose}.json`);
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

  /** An empty file, unless there is one of that name. */
  async file(root: string, names: readonly string[]): Promise<void> {
    const parent = await this.folder(root, names.slice(0, -1));
    const name = names.at(-1) ?? "";
    if ((await findInFolder(parent, name)) !== undefined) return;
    const file = path.join(parent, name);
    this.#make(file, () => writeFileSync(file, "", { flag: "wx" }));
  }

  /** The list is written first: what is on it may not be there, but nothing is there that is not on it. */
  #make(wanted: string, make: () => void, replaced = false): void {
    // No part of it is a link now; `takeAway` sees whether that is still so.
    const file = path.join(realpathSync(path.dirname(wanted)), path.basename(wanted));
    this.#made.push(...(replaced ? [`+${file}`] : [file]));
    writeFileSync(this.#file, JSON.stringify(this.#made));
    make();
    giveToOwnerOfFolder(file);
  }

  async release(): Promise<void> {
    takeAway(this.#made.splice(0));
  }
}

/** Takes away what the lists in the folder of a former compute system name. */
export async function releasePlaces(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => listName.test(each))) {
    takeAway(JSON.parse(await readFile(path.join(folder, name), "utf8").catch(() => "[]")) as string[]);
  }
}

/**
 * Last made first. Only links, and what is empty, go: content is somebody's. What the container has put a link in the way of
 * stays: the link may lead anywhere on the host.
 */
function takeAway(made: readonly string[]): void {
  for (const entry of made.toReversed()) {
    const replaced = entry.startsWith("+");
    const file = replaced ? entry.slice(1) : entry;
    try {
      if (realpathSync(path.dirname(file)) !== path.dirname(file)) continue;
      const found = lstatSync(file, { throwIfNoEntry: false });
      if (found?.isSymbolicLink() === true) {
        unlinkSync(file);
        if (replaced) mkdirSync(file);
      } else if (found?.isDirectory() === true && !replaced) rmdirSync(file);
      else if (found?.isFile() === true && found.size === 0) unlinkSync(file);
    } catch {
      // Something has been put there meanwhile, or nothing is there any more.
    }
  }
}
