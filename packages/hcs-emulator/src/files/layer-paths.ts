import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { foldName, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import { layerNames } from "../layers/layer-folder.ts";

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

/** Layers of which something is remembered. */
const maxRoots = 4;
/** Folders of one layer whose names are remembered. */
const maxListings = 128;
/** Folders of one layer that are known to be none reached by a link. */
const maxFolders = 4096;

/** What is remembered of the folders below one. */
interface KnownFolders {
  /** As they were asked for, and as they are spelled on disk. */
  readonly folders: Map<string, string>;
  /** By folder: names in it, folded and as they are spelled. */
  readonly listings: Map<string, Map<string, string>>;
}

/**
 * Finds files below a layer's folder without ever going through a link, whatever the case of their names. Folders that
 * were looked at are remembered until something is taken away: whoever changes layers by other means says `forget`.
 */
export class LayerPaths {
  readonly #remembers: boolean;
  /** By root, the one that was used last at the end. */
  readonly #known = new Map<string, KnownFolders>();
  #lastRoot = "";

  /** @param remembers false: each time the disk is asked, so that others can change layers and need not say so */
  constructor(remembers = true) {
    this.#remembers = remembers;
  }

  /**
   * @throws HresultFailure: ACCESS_DENIED for a path that is not below `root`, that a link lies on, or that names an
   *   alternate stream; PATH_NOT_FOUND where a folder on the way is missing
   */
  find(root: string, wanted: string): LayerPath {
    const names = componentsBelow(root, wanted);
    const folder = this.#folder(root, names.slice(0, -1), wanted);
    const last = names.at(-1) ?? "";
    const { name, stats } = this.#child(root, folder, last);
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
    for (const [root, { listings }] of this.#known) if (isAtOrBelow(folder, root)) listings.get(folder)?.set(foldName(name), name);
  }

  /** Says that something below `folder` is gone or has become another. */
  forget(folder: string): void {
    for (const [root, { folders, listings }] of this.#known) {
      if (isAtOrBelow(root, folder)) this.#known.delete(root);
      else if (isAtOrBelow(folder, root)) {
        for (const known of listings.keys()) if (isAtOrBelow(known, folder)) listings.delete(known);
        for (const [key, known] of folders) if (isAtOrBelow(known, folder)) folders.delete(key);
      }
    }
  }

  #folder(root: string, names: readonly string[], wanted: string): string {
    if (names.length === 0) return root;
    const key = path.join(root, ...names);
    const remembered = this.#remembers && !isMounted(root) ? this.#below(root).folders : undefined;
    const known = remembered?.get(key);
    if (known !== undefined) return known;
    const parent = this.#folder(root, names.slice(0, -1), wanted);
    const { name, stats } = this.#child(root, parent, names.at(-1) ?? "");
    const folder = path.join(parent, name);
    if (stats === undefined) fail(WIN32.PATH_NOT_FOUND, `${folder} is not there`);
    if (stats.isSymbolicLink()) fail(WIN32.ACCESS_DENIED, `${wanted} leaves ${root} by the link ${folder}`);
    if (!stats.isDirectory()) fail(WIN32.PATH_NOT_FOUND, `${folder} is no directory`);
    if (remembered !== undefined) {
      if (remembered.size >= maxFolders) remembered.clear();
      remembered.set(key, folder);
    }
    return folder;
  }

  #child(root: string, folder: string, name: string): { readonly name: string; readonly stats: BigIntStats | undefined } {
    const stats = statOf(path.join(folder, name));
    if (stats !== undefined) return { name, stats };
    const spelled = this.#listing(root, folder).get(foldName(name));
    if (spelled === undefined || spelled === name) return { name, stats };
    const found = statOf(path.join(folder, spelled));
    return found === undefined ? { name, stats } : { name: spelled, stats: found };
  }

  #listing(root: string, folder: string): Map<string, string> {
    const remembered = this.#remembers && !isMounted(folder) ? this.#below(root).listings : undefined;
    const known = remembered?.get(folder);
    if (known !== undefined) return known;
    const listing = new Map(namesIn(folder).map((name) => [foldName(name), name]));
    if (remembered !== undefined) {
      if (remembered.size >= maxListings) remembered.clear();
      remembered.set(folder, listing);
    }
    return listing;
  }

  #below(root: string): KnownFolders {
    const there = this.#known.get(root);
    if (there !== undefined && root === this.#lastRoot) return there;
    const known = there ?? { folders: new Map(), listings: new Map() };
    this.#known.delete(root);
    this.#known.set(root, known);
    this.#lastRoot = root;
    const [oldest = root] = this.#known.keys();
    if (this.#known.size > maxRoots) this.#known.delete(oldest);
    return known;
  }
}

function isAtOrBelow(file: string, folder: string): boolean {
  return file.startsWith(folder) && (file.length === folder.length || file[folder.length] === path.sep);
}

function componentsBelow(root: string, wanted: string): string[] {
  const relative = path.relative(root, wanted);
  const names = relative.split(path.sep);
  if (relative === "" || names[0] === ".." || path.isAbsolute(relative)) fail(WIN32.ACCESS_DENIED, `${wanted} leaves ${root}`);
  if (names.some(isAlternateStream)) fail(WIN32.ACCESS_DENIED, `${wanted} names an alternate stream`);
  return names;
}

/** Wine keeps an alternate stream of a file as a file of its own, with the colon in its name: no file of NTFS has one. */
export function isAlternateStream(name: string): boolean {
  return name.includes(":");
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
