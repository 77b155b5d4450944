import { type Dirent, lstatSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { foldName, hresultFromWin32, WIN32 } from "@oriel/contracts";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import { HresultFailure } from "../host/answers.ts";
import { copyTree } from "./copy-tree.ts";
import { FileImport, type ImportedEntry } from "./file-import.ts";
import { filesOf, layerNames } from "./layer-folder.ts";
import { writeParents } from "./lineage.ts";
import { spellPendingLinks } from "./link-targets.ts";
import { type MergedNode, MergedView } from "./merged-view.ts";
import { transport } from "./transport-format.ts";

/** Files of a layer up to this many are imported by one thread: waking another takes longer. */
const fewFiles = 256;

/** Which files of an import a thread takes, by their place in the order of the walk. */
interface ImportShare {
  /** Those before are there. */
  readonly from: number;
  /** That one and those behind it are not looked at any more. */
  readonly to: number;
  /** Every how many-th of them. */
  readonly of: number;
  readonly index: number;
}

/** What is to be done when all files of all shares are there. */
export interface ImportRest {
  /** Each after what is in it: what is made in a folder changes its times. */
  readonly folders: readonly (ImportedEntry & { readonly isEmpty: boolean })[];
  /** Files with several names. */
  readonly links: readonly ImportedEntry[];
}

export interface ImportFolders {
  readonly layer: string;
  readonly source: string;
  /** Immediate parent first. */
  readonly parents: readonly string[];
}

/**
 * Makes a layer on others from a folder in transport format, as ImportLayer does. The layer's `Files` gets only what is
 * in the folder, in the spelling that the parents use; nothing of theirs is copied. Answers nothing where that is done: of
 * a large layer the rest is for `importShare`, in several threads at once, and what all of them answer for `finishImport`.
 * Synchronous.
 */
export function beginImport(metadata: LayerMetadata, folders: ImportFolders): ImportRest | undefined {
  mkdirSync(filesOf(folders.layer), { recursive: true });
  writeParents(folders.layer, folders.parents);
  const { isWhole, rest } = new LayerImport(metadata, folders, { from: 0, to: fewFiles, of: 1, index: 0 }).run();
  if (!isWhole) return { folders: [], links: rest.links };
  finishImport(metadata, folders, [rest]);
  return undefined;
}

/** One of `of` parts of what `beginImport` has left. The first answers the folders too. Synchronous. */
export function importShare(metadata: LayerMetadata, folders: ImportFolders, index: number, of: number): ImportRest {
  const share = { from: fewFiles, to: Number.POSITIVE_INFINITY, of, index };
  const { rest } = new LayerImport(metadata, folders, share).run();
  return index === 0 ? rest : { folders: [], links: rest.links };
}

/** @param rests what the others have answered. Synchronous. */
export function finishImport(metadata: LayerMetadata, { layer, source }: ImportFolders, rests: readonly ImportRest[]): void {
  const files = new FileImport(metadata, layer, source);
  for (const link of rests.flatMap(({ links }) => links)) files.importLinked(link);
  for (const folder of rests.flatMap(({ folders }) => folders)) files.importFolder(folder, folder.isEmpty);
  spellPendingLinks(metadata, layer);
  for (const plain of [layerNames.hives, layerNames.utilityVm]) {
    const from = path.join(source, plain);
    if (lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true)
      copyTree(metadata, source, from, layer, path.join(layer, plain));
  }
}

/** Walks through the whole of `Files`, and imports the files of a share. */
class LayerImport {
  readonly #folders: ImportFolders;
  readonly #share: ImportShare;
  readonly #files: FileImport;
  readonly #view: MergedView;
  /** By folder of the layer: names in it, folded and as they are spelled. */
  readonly #made = new Map<string, Map<string, string>>();
  readonly #rest = { folders: [] as ImportRest["folders"][number][], links: [] as ImportedEntry[] };
  #seen = 0;

  constructor(metadata: LayerMetadata, folders: ImportFolders, share: ImportShare) {
    this.#folders = folders;
    this.#share = share;
    this.#files = new FileImport(metadata, folders.layer, folders.source);
    this.#view = new MergedView(folders.parents);
  }

  /** Whether there were no more files than the share may have, and what is left of those seen. */
  run(): { readonly isWhole: boolean; readonly rest: ImportRest } {
    const { layer, source } = this.#folders;
    this.#folder({ source: path.join(source, layerNames.files), file: filesOf(layer), name: "" }, this.#view.root);
    return { isWhole: !this.#isOver, rest: this.#rest };
  }

  get #isOver(): boolean {
    return this.#seen > this.#share.to;
  }

  /** The folder of the layer is there already. */
  #folder(folder: ImportedEntry, inherited: MergedNode | undefined): void {
    const entries = readdirSync(folder.source, { withFileTypes: true });
    for (const entry of entries) {
      this.#entry(entry, folder, inherited);
      if (this.#isOver) return;
    }
    this.#rest.folders.push({ ...folder, isEmpty: entries.length === 0 });
  }

  #entry(entry: Dirent, folder: ImportedEntry, inherited: MergedNode | undefined): void {
    if (entry.name.endsWith(transport.directorySuffix)) return;
    const source = path.join(folder.source, entry.name);
    const below = this.#view.child(inherited, entry.name);
    const spelled = this.#spell(folder.file, below?.name ?? entry.name, entry.isDirectory());
    const file = path.join(folder.file, spelled);
    const imported = { source, file, name: folder.name === "" ? spelled : `${folder.name}/${spelled}` };
    if (entry.isDirectory()) {
      mkdirSync(file, { recursive: true });
      this.#folder(imported, below);
    } else if (entry.isFile()) this.#file(imported);
    else throw new HresultFailure(hresultFromWin32(WIN32.INVALID_DATA), `${source} is neither a file nor a folder`);
  }

  #file(entry: ImportedEntry): void {
    const place = this.#seen;
    this.#seen += 1;
    const { from, to, of, index } = this.#share;
    if (place < from || place >= to || (place - from) % of !== index) return;
    if (!this.#files.importFile(entry)) this.#rest.links.push(entry);
  }

  /** Two names of a case-sensitive host can be one to Windows: folders become one, files cannot. */
  #spell(folder: string, name: string, isFolder: boolean): string {
    let made = this.#made.get(folder);
    if (made === undefined) {
      made = new Map();
      this.#made.set(folder, made);
    }
    const known = made.get(foldName(name));
    if (known === undefined) made.set(foldName(name), name);
    else if (!isFolder) throw new HresultFailure(hresultFromWin32(WIN32.ALREADY_EXISTS), `${path.join(folder, name)} is there twice`);
    return known ?? name;
  }
}
