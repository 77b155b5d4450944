import { constants, linkSync, lstatSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { type BasicInfo, type FileFacts, foldName, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import { layerNames } from "../layers/layer-folder.ts";
import { addTombstone, readParents } from "../layers/lineage.ts";
import { type MergedNode, MergedView } from "../layers/merged-view.ts";
import { maxOfFolder } from "../layers/small-tree.ts";
import type { Posix } from "../native/posix.ts";
import { BackupReader } from "./backup-reader.ts";
import { BackupWriter } from "./backup-writer.ts";
import type { FileDescription, LayerMetadata } from "./layer-metadata.ts";
import { isAlternateStream, LayerPaths } from "./layer-paths.ts";

type OpenFile =
  | { readonly kind: "writer"; readonly writer: BackupWriter; readonly root: string; readonly file: string }
  | { readonly kind: "reader"; readonly reader: BackupReader };

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** A file or directory that was opened to be read. */
export interface OpenedReader {
  readonly facts: FileFacts;
  /** The backup stream from its start, as far as it was read; undefined: not at all. */
  readonly head: Uint8Array | undefined;
  /** Where the rest is to be read; undefined where there is none. */
  readonly id: number | undefined;
}

/** Bytes of data up to which a file is read when it is opened. */
const smallFile = 64n * 1024n;
/** Views of the layers below a layer that names are taken away from. */
const maxViews = 4;
/** Reading leaves the time of the last access as it is; not every host has it. */
const noAccessTime: number = constants.O_NOATIME ?? 0;

/** The files of layers behind the raw interface: open ones by number. Synchronous: runs on a thread of its own, or does what is small. */
export class FileCalls {
  readonly #system: Posix;
  readonly #metadata: LayerMetadata;
  readonly #paths: LayerPaths;
  readonly #open = new Map<number, OpenFile>();
  readonly #views = new Map<string, MergedView>();
  readonly #buffer = Buffer.allocUnsafe(Number(smallFile) * 2);
  #last = 0;

  constructor(system: Posix, metadata: LayerMetadata, paths = new LayerPaths()) {
    this.#system = system;
    this.#metadata = metadata;
    this.#paths = paths;
  }

  create(root: string, wanted: string, directory: boolean): number {
    const { file, names, stats } = this.#paths.find(root, wanted);
    if (stats !== undefined) fail(WIN32.ALREADY_EXISTS, `${file} exists`);
    let descriptor: number | undefined;
    if (directory) mkdirSync(file);
    else descriptor = openSync(file, "wx");
    this.#paths.made(path.dirname(file), path.basename(file));
    const target = { root, file, name: nameInFiles(names), before: undefined, directory };
    return this.#add({ kind: "writer", writer: new BackupWriter(target, this.#metadata, descriptor), root, file });
  }

  open(root: string, wanted: string): number {
    const { file, names, stats } = this.#paths.find(root, wanted);
    if (stats === undefined) fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
    // A link takes no data; its times can be set by its name.
    const descriptor = stats.isFile() ? openSync(file, constants.O_RDWR | constants.O_NOFOLLOW) : undefined;
    const before = this.#metadata.describe(root, file, stats);
    const target = { root, file, name: nameInFiles(names), before, directory: stats.isDirectory() };
    return this.#add({ kind: "writer", writer: new BackupWriter(target, this.#metadata, descriptor), root, file });
  }

  /** As `open`, of a folder; undefined for anything else that is there. */
  openFolder(root: string, wanted: string): number | undefined {
    const { stats } = this.#paths.find(root, wanted);
    return stats?.isDirectory() === false ? undefined : this.open(root, wanted);
  }

  /** Of a small file the whole backup stream is answered at once, and nothing stays open. */
  openReader(root: string, wanted: string): OpenedReader {
    return this.#openReader(root, wanted, true) ?? fail(WIN32.GEN_FAILURE, `${wanted} was not opened`);
  }

  /** The same; undefined, and nothing is read, for what is not small. */
  openSmall(root: string, wanted: string): OpenedReader | undefined {
    return this.#openReader(root, wanted, false);
  }

  #openReader(root: string, wanted: string, mayBeLarge: boolean): OpenedReader | undefined {
    const { file, stats } = this.#paths.find(root, wanted);
    if (stats === undefined) fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
    if (!mayBeLarge && stats.isFile() && stats.size > smallFile) return undefined;
    const descriptor = stats.isFile() ? openForReading(file) : undefined;
    const description = this.#metadata.describe(root, file, stats);
    const reader = new BackupReader({ root, file, description }, this.#metadata, this.#system, descriptor);
    const facts = factsOf(description);
    if (facts.size > smallFile) return { facts, id: this.#add({ kind: "reader", reader }), head: undefined };
    const size = this.#readHead(reader);
    const head = Uint8Array.from(this.#buffer.subarray(0, size));
    const isWhole = size < this.#buffer.length;
    // Else it has large alternate streams.
    if (!isWhole && mayBeLarge) return { facts, head, id: this.#add({ kind: "reader", reader }) };
    reader.close();
    return isWhole ? { facts, head, id: undefined } : undefined;
  }

  #readHead(reader: BackupReader): number {
    try {
      return reader.read(this.#buffer);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  write(id: number, chunk: Uint8Array | undefined): void {
    const { writer } = this.#writer(id);
    if (chunk !== undefined) writer.write(chunk);
  }

  read(id: number, length: number): Uint8Array {
    const open = this.#open.get(id);
    if (open?.kind !== "reader") fail(WIN32.INVALID_HANDLE, "the handle is not open for reading");
    const bytes = Buffer.allocUnsafeSlow(length);
    const size = open.reader.read(bytes);
    // A copy where most of it is empty: the rest would be held as long as the piece.
    return size < length / 2 ? Uint8Array.from(bytes.subarray(0, size)) : bytes.subarray(0, size);
  }

  facts(id: number): FileFacts {
    const open = this.#open.get(id);
    if (open === undefined) fail(WIN32.INVALID_HANDLE, "the handle is not open");
    const description = open.kind === "reader" ? open.reader.description : this.#metadata.describe(open.root, open.file);
    return factsOf(description);
  }

  /**
   * @param chunk the rest of what is written
   * @param info what the file gets at the end
   */
  close(id: number, chunk: Uint8Array | undefined, info: BasicInfo | undefined): void {
    const open = this.#open.get(id);
    if (open === undefined) fail(WIN32.INVALID_HANDLE, "the handle is not open");
    this.#open.delete(id);
    if (open.kind === "reader") {
      open.reader.close();
      return;
    }
    const { writer, file } = open;
    if (info !== undefined) writer.setInfo(info);
    try {
      if (chunk !== undefined) writer.write(chunk);
    } catch (error) {
      writer.discard();
      throw error;
    }
    if (writer.becomesLink) this.#paths.forget(file);
    writer.close();
  }

  list(root: string, wanted: string): string[] {
    return this.#namesIn(root, this.#paths.findFolder(root, wanted));
  }

  /** The same; undefined for a large folder. */
  listSmall(root: string, wanted: string): string[] | undefined {
    const folder = this.#paths.findFolder(root, wanted);
    return lstatSync(folder).size > maxOfFolder ? undefined : this.#namesIn(root, folder);
  }

  #namesIn(root: string, folder: string): string[] {
    const names = readdirSync(folder).filter((name) => !isAlternateStream(name));
    return folder === root ? names.filter((name) => name !== layerNames.own) : names;
  }

  link(root: string, wanted: string, existing: string): void {
    const { file, stats } = this.#paths.find(root, wanted);
    const from = this.#paths.findElsewhere(root, existing);
    if (stats !== undefined) fail(WIN32.ALREADY_EXISTS, `${file} exists`);
    if (from.stats === undefined) fail(WIN32.FILE_NOT_FOUND, `${existing} is not there`);
    if (from.stats.isDirectory()) fail(WIN32.ACCESS_DENIED, `${existing} is a directory`);
    linkSync(from.file, file);
    this.#paths.made(path.dirname(file), path.basename(file));
  }

  /**
   * Windows has the parents' files in a layer's own folder and simply deletes them there. Here a layer holds only what it
   * adds, so what its parents have is hidden by a tombstone.
   */
  remove(root: string, wanted: string): void {
    const own = this.#findOwn(root, wanted);
    if (own !== undefined) {
      rmSync(own, { recursive: true, force: true });
      this.#paths.forget(path.dirname(own));
    }
    const names = path.relative(root, wanted).split(path.sep);
    const inherited = foldName(names[0] ?? "") === foldName(layerNames.files) ? this.#findInherited(root, names.slice(1)) : undefined;
    if (inherited !== undefined) addTombstone(root, inherited.spelling);
    if (own === undefined && inherited === undefined) fail(WIN32.FILE_NOT_FOUND, `${wanted} is not there`);
  }

  /** Says that layers were changed, made or destroyed otherwise. */
  forget(layer: string): void {
    this.#paths.forget(layer);
    this.#views.clear();
  }

  /** undefined too where a folder on the way is only in parents. */
  #findOwn(root: string, wanted: string): string | undefined {
    try {
      const { file, stats } = this.#paths.find(root, wanted);
      return stats === undefined ? undefined : file;
    } catch (error) {
      if (error instanceof HresultFailure && error.hresult === hresultFromWin32(WIN32.PATH_NOT_FOUND)) return undefined;
      throw error;
    }
  }

  #findInherited(root: string, names: readonly string[]): MergedNode | undefined {
    if (names.length === 0) return undefined;
    let view = this.#views.get(root);
    if (view === undefined) {
      const parents = readParents(root);
      if (parents.length === 0) return undefined;
      view = new MergedView(parents);
      if (this.#views.size >= maxViews) this.#views.clear();
      this.#views.set(root, view);
    }
    return view.find(names);
  }

  #add(open: OpenFile): number {
    this.#last += 1;
    this.#open.set(this.#last, open);
    return this.#last;
  }

  #writer(id: number) {
    const open = this.#open.get(id);
    if (open?.kind !== "writer") fail(WIN32.INVALID_HANDLE, "the handle is not open for writing");
    return open;
  }
}

/** Links start at the root of the tree that they are in: Files, or UtilityVM/Files. */
function nameInFiles(names: readonly string[]): string {
  return names.slice(names.indexOf(layerNames.files) + 1).join("/");
}

export function openForReading(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | noAccessTime);
  } catch (error) {
    // Only a file's owner may read it without a trace.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  }
}

function factsOf(description: FileDescription): FileFacts {
  const { stats, attributes, creationTime, lastAccessTime, lastWriteTime, changeTime } = description;
  const directory = (attributes & FileAttribute.Directory) !== 0;
  return {
    attributes,
    creationTime,
    lastAccessTime,
    lastWriteTime,
    changeTime,
    directory,
    size: stats.isFile() ? stats.size : 0n,
    numberOfLinks: directory ? 1 : Number(stats.nlink),
    fileId: `${stats.dev.toString(16).padStart(16, "0")}${stats.ino.toString(16).padStart(32, "0")}`,
  };
}
