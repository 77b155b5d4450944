import { closeSync, linkSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { BackupReader } from "../files/backup-reader.ts";
import { openForReading } from "../files/file-calls.ts";
import type { FileDescription, LayerMetadata } from "../files/layer-metadata.ts";
import type { Posix } from "../native/posix.ts";
import { copyFile, copyTree } from "./copy-tree.ts";
import { filesOf, layerNames } from "./layer-folder.ts";
import { threadBuffer } from "./thread-buffer.ts";
import { transport } from "./transport-format.ts";

/** A file or folder of a layer, to be written. */
export interface ExportedEntry {
  /** Folder of the layer that it belongs to. */
  readonly root: string;
  /** Absolute path. */
  readonly file: string;
  readonly description: FileDescription;
}

/** Fills a folder in transport format. Synchronous. */
export class TransportWriter {
  readonly #system: Posix;
  readonly #metadata: LayerMetadata;
  readonly #folder: string;
  /** Files with several names, by their inode: where the first of them was written. */
  readonly #linked = new Map<bigint, string>();
  readonly #tombstones: string[] = [];
  readonly #buffer = threadBuffer();

  /** @param folder where it is written; made unless it is there */
  constructor(system: Posix, metadata: LayerMetadata, folder: string) {
    this.#system = system;
    this.#metadata = metadata;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @param name below `Files`, with `/`; `""` for `Files` itself. Its folder was written before. */
  directory(name: string, entry: ExportedEntry): void {
    const target = this.#target(name);
    mkdirSync(target, { recursive: true });
    this.#write(`${target}${transport.directorySuffix}`, entry);
  }

  /** A file, or a link to a file or folder. */
  file(name: string, entry: ExportedEntry): void {
    const { stats } = entry.description;
    const target = this.#target(name);
    const first = stats.nlink > 1n ? this.#linked.get(stats.ino) : undefined;
    // A link to a folder has attributes of one, and so its place in the format.
    if (stats.isSymbolicLink() && isDirectoryOnWindows(entry)) this.directory(name, entry);
    else if (first !== undefined) linkSync(first, target);
    else {
      if (stats.nlink > 1n) this.#linked.set(stats.ino, target);
      this.#write(target, entry);
    }
  }

  /** A name below `Files` that the layers below have and this one does not. */
  tombstone(name: string): void {
    this.#tombstones.push(name);
  }

  /** `Hives` and the utility VM are real files; a layer without any has an empty `Hives`. */
  plain(layer: string, described: ExportedEntry, hives: readonly string[], utilityVm: boolean): void {
    const target = path.join(this.#folder, layerNames.hives);
    mkdirSync(target, { recursive: true });
    this.#write(`${target}${transport.directorySuffix}`, described);
    for (const name of hives) {
      const from = path.join(layer, layerNames.hives, name);
      copyFile(this.#metadata, layer, from, this.#folder, path.join(target, name));
    }
    if (!utilityVm) return;
    const folder = path.join(this.#folder, layerNames.utilityVm);
    mkdirSync(folder, { recursive: true });
    copyTree(this.#metadata, layer, filesOf(path.join(layer, layerNames.utilityVm)), this.#folder, filesOf(folder));
  }

  /** Writes the list of tombstones: the export is whole then. */
  finish(): void {
    const lines = this.#tombstones.sort().map((name) => `\\${name.replaceAll("/", "\\")}\n`);
    writeFileSync(path.join(this.#folder, transport.tombstones), transport.tombstonesHeader + lines.join(""));
  }

  #target(name: string): string {
    return path.join(filesOf(this.#folder), name);
  }

  #write(target: string, entry: ExportedEntry): void {
    const { file, description } = entry;
    const from = description.stats.isFile() ? openForReading(file) : undefined;
    const reader = new BackupReader(entry, this.#metadata, this.#system, from);
    try {
      const to = openSync(target, "wx");
      try {
        this.#buffer.writeUInt32LE(description.attributes, 0);
        let head: number = transport.attributesSize;
        for (;;) {
          const size = reader.read(this.#buffer.subarray(head)) + head;
          if (size === 0) break;
          for (let done = 0; done < size; ) done += writeSync(to, this.#buffer, done, size - done);
          if (size < this.#buffer.length) break;
          head = 0;
        }
      } finally {
        closeSync(to);
      }
    } finally {
      reader.close();
    }
    // The file that stands for it has its times; its attributes are in the first bytes.
    this.#metadata.writeNew(this.#folder, target, { info: { ...description, attributes: 0 } });
  }
}

function isDirectoryOnWindows({ description }: ExportedEntry): boolean {
  return (description.attributes & FileAttribute.Directory) !== 0;
}
