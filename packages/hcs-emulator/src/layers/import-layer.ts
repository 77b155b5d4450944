import {
  closeSync,
  constants,
  copyFileSync,
  type Dirent,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/core";
import { BackupWriter } from "../files/backup-writer.ts";
import { foldName } from "../files/case-insensitive.ts";
import { openForReading } from "../files/file-calls.ts";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import { HresultFailure } from "../host/answers.ts";
import { filesOf, layerNames } from "./layer-folder.ts";
import { writeParents } from "./lineage.ts";
import { type MergedNode, MergedView } from "./merged-view.ts";
import { transport } from "./transport-format.ts";

/**
 * Makes a layer on others from a folder in transport format, as ImportLayer does. The layer's `Files` gets only what is
 * in the folder, in the spelling that the parents use; nothing of theirs is copied. Synchronous.
 */
export function importLayer(metadata: LayerMetadata, layer: string, importFolder: string, parents: readonly string[]): void {
  mkdirSync(filesOf(layer), { recursive: true });
  writeParents(layer, parents);
  new LayerImport(metadata, layer, importFolder, parents).run();
  for (const plain of [layerNames.hives, layerNames.utilityVm]) {
    const from = path.join(importFolder, plain);
    if (lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true)
      copyTree(metadata, importFolder, from, layer, path.join(layer, plain));
  }
}

class LayerImport {
  readonly #metadata: LayerMetadata;
  readonly #layer: string;
  readonly #source: string;
  readonly #view: MergedView;
  /** By folder of the layer: names in it, folded and as they are spelled. */
  readonly #made = new Map<string, Map<string, string>>();
  /** Files of the source with several names, by their inode: where they are in the layer. */
  readonly #linked = new Map<bigint, string>();
  readonly #buffer = Buffer.allocUnsafe(1024 * 1024);

  constructor(metadata: LayerMetadata, layer: string, source: string, parents: readonly string[]) {
    this.#metadata = metadata;
    this.#layer = layer;
    this.#source = source;
    this.#view = new MergedView(parents);
  }

  run(): void {
    const source = path.join(this.#source, layerNames.files);
    this.#folder(source, filesOf(this.#layer), "", this.#view.root);
  }

  /** @param folder of the layer; it is there already */
  #folder(source: string, folder: string, name: string, inherited: MergedNode | undefined): void {
    const writer = new BackupWriter(
      { root: this.#layer, file: folder, name, before: undefined, directory: true },
      this.#metadata,
      undefined,
    );
    const marker = `${source}${transport.directorySuffix}`;
    const described = lstatSync(marker, { bigint: true, throwIfNoEntry: false });
    const attributes = described === undefined ? 0 : this.#feed(marker, writer);
    const entries = readdirSync(source, { withFileTypes: true });
    if (writer.becomesLink) {
      if (entries.length > 0 || name === "")
        throw new HresultFailure(hresultFromWin32(WIN32.INVALID_DATA), `${source} is a link in the place of a folder`);
    } else for (const entry of entries) this.#entry(entry, source, folder, name, inherited);
    // Last, as what is made in a folder changes its times.
    writer.setInfo({ ...this.#metadata.times(this.#source, described === undefined ? source : marker), attributes });
    writer.close();
  }

  #entry(entry: Dirent, source: string, folder: string, name: string, inherited: MergedNode | undefined): void {
    if (entry.name.endsWith(transport.directorySuffix)) return;
    const from = path.join(source, entry.name);
    const below = this.#view.child(inherited, entry.name);
    const spelled = this.#spell(folder, below?.name ?? entry.name, entry.isDirectory());
    const file = path.join(folder, spelled);
    const full = name === "" ? spelled : `${name}/${spelled}`;
    if (entry.isDirectory()) {
      mkdirSync(file, { recursive: true });
      this.#folder(from, file, full, below);
    } else if (entry.isFile()) this.#file(from, file, full);
    else throw new HresultFailure(hresultFromWin32(WIN32.INVALID_DATA), `${from} is neither a file nor a folder`);
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

  #file(source: string, file: string, name: string): void {
    const times = this.#metadata.times(this.#source, source);
    const { nlink, ino } = times.stats;
    const first = nlink > 1n ? this.#linked.get(ino) : undefined;
    if (first !== undefined) {
      linkSync(first, file);
      return;
    }
    if (nlink > 1n) this.#linked.set(ino, file);
    const target = { root: this.#layer, file, name, before: undefined, directory: false };
    const writer = new BackupWriter(target, this.#metadata, openSync(file, "wx"));
    try {
      const attributes = this.#feed(source, writer);
      writer.setInfo({ ...times, attributes });
    } catch (error) {
      writer.discard();
      throw error;
    }
    writer.close();
  }

  /** Puts the backup stream of a transported file into `writer`; answers its attributes. */
  #feed(source: string, writer: BackupWriter): number {
    const descriptor = openForReading(source);
    try {
      let attributes = 0;
      for (let position = 0; ; ) {
        const size = readSync(descriptor, this.#buffer, 0, this.#buffer.length, position);
        const head = position === 0 ? transport.attributesSize : 0;
        if (size < head) throw new HresultFailure(hresultFromWin32(WIN32.INVALID_DATA), `${source} has no attributes`);
        if (head > 0) attributes = this.#buffer.readUInt32LE(0);
        writer.write(this.#buffer.subarray(head, size));
        position += size;
        if (size < this.#buffer.length) return attributes;
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Copies a folder with all below it, by sharing blocks where the file system can. */
export function copyTree(metadata: LayerMetadata, fromRoot: string, from: string, toRoot: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) copyTree(metadata, fromRoot, source, toRoot, target);
    else copyFile(metadata, fromRoot, source, toRoot, target);
  }
  metadata.copy(fromRoot, from, toRoot, to);
}

/** Copies a file or a link; what is there under the name must not be. */
export function copyFile(metadata: LayerMetadata, fromRoot: string, from: string, toRoot: string, to: string): void {
  const stats = lstatSync(from);
  if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if (stats.isFile()) copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  else return;
  metadata.copy(fromRoot, from, toRoot, to);
}
