import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/core";
import { HresultFailure } from "../host/answers.ts";
import { layerNames } from "../layers/layer-folder.ts";
import { foldName } from "./case-insensitive.ts";

/** A name in a layer. */
export interface LayerPath {
  /** Absolute, as it is spelled on disk as far as it is there. */
  readonly file: string;
  /** Components below the layer's folder, spelled so. */
  readonly names: readonly string[];
  /** undefined where nothing is there. */
  readonly stats: BigIntStats | undefined;
}

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** What programs in a container see, and can change at any time: nothing of it is remembered. */
const mounted = path.join(path.sep, layerNames.own, "root", path.sep);

function isMounted(root: string): boolean {
  return `${root}${path.sep}`.includes(mounted);
}

/** Folders whose names are remembered. */
const mostListings = 512;
/** Folders that are known to be none reached by a link. */
const mostFolders = 4096;

/**
 * Finds files below a layer's folder without ever going through a link, whatever the case of their names. Folders that
 * were looked at are remembered until something is taken away: whoever changes layers by other means says `forget`.
 */
export class LayerPaths {
  readonly #folders = new Map<string, string>();
  readonly #listings = new Map<string, Map<string, string>>();

  /**
   * @throws HresultFailure: ACCESS_DENIED for a path that is not below `root`, that a link lies on, or that names an
   *   alternate stream; PATH_NOT_FOUND where a folder on the way is missing
   */
  find(root: string, wanted: string): LayerPath {
    const names = componentsBelow(root, wanted);
    const folder = this.#folder(root, names.slice(0, -1), wanted);
    const last = names.at(-1) ?? "";
    const { name, stats } = this.#child(folder, last);
    const file = path.join(folder, name);
    return { file, names: componentsBelow(root, file), stats };
  }

  /** A folder of the layer, or the layer's own. @throws as `find`; DIRECTORY for what is none */
  findFolder(root: string, wanted: string): string {
    if (path.relative(root, wanted) === "") return root;
    const { file, stats } = this.find(root, wanted);
    if (stats === undefined) fail(WIN32.PATH_NOT_FOUND, `${wanted} is not there`);
    if (!stats.isDirectory()) fail(WIN32.DIRECTORY, `${wanted} is no directory`);
    return file;
  }

  /** A file that is there, in this layer or another: no link lies on the way from the folder that both are in. */
  findElsewhere(root: string, wanted: string): LayerPath {
    let common = root;
    while (path.relative(common, wanted).split(path.sep)[0] === "..") common = path.dirname(common);
    return this.find(common, wanted);
  }

  /** Says that `name` was made in `folder`. */
  made(folder: string, name: string): void {
    this.#listings.get(folder)?.set(foldName(name), name);
  }

  /** Says that something below `folder` is gone or has become another. */
  forget(folder: string): void {
    const below = `${folder}${path.sep}`;
    for (const known of [...this.#listings.keys()]) if (known === folder || known.startsWith(below)) this.#listings.delete(known);
    for (const [key, known] of [...this.#folders]) if (known === folder || known.startsWith(below)) this.#folders.delete(key);
  }

  #folder(root: string, names: readonly string[], wanted: string): string {
    if (names.length === 0) return root;
    const key = path.join(root, ...names);
    const known = isMounted(root) ? undefined : this.#folders.get(key);
    if (known !== undefined) return known;
    const parent = this.#folder(root, names.slice(0, -1), wanted);
    const { name, stats } = this.#child(parent, names.at(-1) ?? "");
    const folder = path.join(parent, name);
    if (stats === undefined) fail(WIN32.PATH_NOT_FOUND, `${folder} is not there`);
    if (stats.isSymbolicLink()) fail(WIN32.ACCESS_DENIED, `${wanted} leaves ${root} by the link ${folder}`);
    if (!stats.isDirectory()) fail(WIN32.PATH_NOT_FOUND, `${folder} is no directory`);
    if (this.#folders.size >= mostFolders) this.#folders.clear();
    this.#folders.set(key, folder);
    return folder;
  }

  #child(folder: string, name: string): { readonly name: string; readonly stats: BigIntStats | undefined } {
    const stats = statOf(path.join(folder, name));
    if (stats !== undefined) return { name, stats };
    const spelled = this.#listing(folder).get(foldName(name));
    if (spelled === undefined || spelled === name) return { name, stats };
    const found = statOf(path.join(folder, spelled));
    return found === undefined ? { name, stats } : { name: spelled, stats: found };
  }

  #listing(folder: string): Map<string, string> {
    let listing = isMounted(folder) ? undefined : this.#listings.get(folder);
    if (listing === undefined) {
      listing = new Map(namesIn(folder).map((name) => [foldName(name), name]));
      if (this.#listings.size >= mostListings) this.#listings.clear();
      this.#listings.set(folder, listing);
    }
    return listing;
  }
}

function componentsBelow(root: string, wanted: string): string[] {
  const relative = path.relative(root, wanted);
  const names = relative.split(path.sep);
  if (relative === "" || names[0] === ".." || path.isAbsolute(relative)) fail(WIN32.ACCESS_DENIED, `${wanted} leaves ${root}`);
  if (names.some((name) => name.includes(":"))) fail(WIN32.ACCESS_DENIED, `${wanted} names an alternate stream`);
  return names;
}

function statOf(file: string): BigIntStats | undefined {
  return lstatSync(file, { bigint: true, throwIfNoEntry: false });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
