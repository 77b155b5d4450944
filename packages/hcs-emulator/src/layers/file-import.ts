import { closeSync, linkSync, lstatSync, openSync, readSync } from "node:fs";
import { type BasicInfo, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { BackupWriter } from "../files/backup-writer.ts";
import { openForReading } from "../files/file-calls.ts";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import { HresultFailure } from "../host/answers.ts";
import { threadBuffer } from "./thread-buffer.ts";
import { transport } from "./transport-format.ts";

/** Something of the folder in transport format, and what becomes of it. */
export interface ImportedEntry {
  readonly source: string;
  readonly file: string;
  /** Below `Files`, with `/`; empty for `Files` itself. */
  readonly name: string;
}

/** Makes single files and folders of a layer. */
export class FileImport {
  readonly #metadata: LayerMetadata;
  readonly #layer: string;
  /** Folder in transport format. */
  readonly #source: string;
  /** Files of the source with several names, by their inode: where they are in the layer. */
  readonly #linked = new Map<bigint, string>();
  readonly #buffer = threadBuffer();

  constructor(metadata: LayerMetadata, layer: string, source: string) {
    this.#metadata = metadata;
    this.#layer = layer;
    this.#source = source;
  }

  /** Returns whether it was made: a file with several names is not. */
  importFile(entry: ImportedEntry): boolean {
    const times = this.#metadata.times(this.#source, entry.source);
    if (times.stats.nlink > 1n) return false;
    this.#make(entry, times);
    return true;
  }

  /** One name more of a file that may be there. */
  importLinked(entry: ImportedEntry): void {
    const times = this.#metadata.times(this.#source, entry.source);
    const first = this.#linked.get(times.stats.ino);
    if (first === undefined) {
      this.#linked.set(times.stats.ino, entry.file);
      this.#make(entry, times);
    } else linkSync(first, entry.file);
  }

  /** Gives a folder, in which all is made, what is said of it. */
  importFolder({ source, file, name }: ImportedEntry, isEmpty: boolean): void {
    const target = { root: this.#layer, file, name, before: undefined, directory: true };
    const writer = new BackupWriter(target, this.#metadata, undefined);
    const marker = `${source}${transport.directorySuffix}`;
    const described = lstatSync(marker, { bigint: true, throwIfNoEntry: false });
    const attributes = described === undefined ? 0 : this.#feed(marker, writer);
    if (writer.becomesLink && (!isEmpty || name === ""))
      throw new HresultFailure(hresultFromWin32(WIN32.INVALID_DATA), `${source} is a link in the place of a folder`);
    writer.setInfo({ ...this.#metadata.times(this.#source, described === undefined ? source : marker), attributes });
    writer.close();
  }

  #make({ source, file, name }: ImportedEntry, times: Omit<BasicInfo, "attributes">): void {
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

  /** Puts the backup stream of a transported file into `writer`; returns its attributes. */
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
