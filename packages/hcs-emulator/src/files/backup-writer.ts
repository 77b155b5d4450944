import { type FileHandle, mkdir, open, rm, symlink } from "node:fs/promises";
import { BackupStreamDecoder, type BackupStreamEvent, decodeReparse, StreamId } from "@oriel/backup-stream";
import { hostLinkTarget } from "./link-target.ts";

/** Longest reparse buffer that Windows accepts (MAXIMUM_REPARSE_DATA_BUFFER_SIZE, ntifs.h). */
const maximumReparse = 16 * 1024;

export interface BackupTarget {
  /** Absolute path. */
  readonly file: string;
  /** The same below the container's root, with `/`: what the targets of links are relative to. */
  readonly name: string;
}

/**
 * A file or directory that takes a backup stream. Data and reparse points (symbolic links and junctions) become what the
 * host's file system has for them; security descriptors, extended attributes and alternate streams are read over.
 */
export class BackupWriter {
  readonly #target: BackupTarget;
  readonly #handle: FileHandle | undefined;
  readonly #decoder = new BackupStreamDecoder();
  readonly #reparse: Uint8Array[] = [];
  #position = 0;
  #reparseSize = 0;

  private constructor(target: BackupTarget, handle: FileHandle | undefined) {
    this.#target = target;
    this.#handle = handle;
  }

  /** Makes what must not be there yet. @throws the file system's error, EEXIST among them. */
  static async create(target: BackupTarget, directory: boolean): Promise<BackupWriter> {
    if (!directory) return new BackupWriter(target, await open(target.file, "wx"));
    await mkdir(target.file);
    return new BackupWriter(target, undefined);
  }

  /** For what is there already: a stream replaces the data of a file, and nothing of a directory. */
  static async existing(target: BackupTarget, directory: boolean): Promise<BackupWriter> {
    return new BackupWriter(target, directory ? undefined : await open(target.file, "r+"));
  }

  get file(): string {
    return this.#target.file;
  }

  /** @throws InvalidArgumentError for what is no backup stream. */
  async write(chunk: Uint8Array): Promise<void> {
    for (const event of this.#decoder.write(chunk)) await this.#take(event);
  }

  async #take(event: BackupStreamEvent): Promise<void> {
    const { id, offset } = event.header;
    if (id === StreamId.SparseBlock && event.type === "start") {
      this.#position = offset ?? 0;
      // An empty block at the end gives the size of a file that ends in a hole.
      if (event.header.size === 0) await this.#handle?.truncate(this.#position);
    }
    if (event.type !== "data") return;
    if (id === StreamId.Data || id === StreamId.SparseBlock) {
      for (let done = 0; this.#handle !== undefined && done < event.chunk.length; ) {
        const { bytesWritten } = await this.#handle.write(event.chunk, done, event.chunk.length - done, this.#position);
        done += bytesWritten;
        this.#position += bytesWritten;
      }
    }
    if (id === StreamId.ReparseData && this.#reparseSize + event.chunk.length <= maximumReparse) {
      this.#reparse.push(Uint8Array.from(event.chunk));
      this.#reparseSize += event.chunk.length;
    }
  }

  /** Ends the stream; a reparse point takes the place of the file or directory now. Always closes the file. */
  async close(): Promise<void> {
    await this.#handle?.close();
    if (this.#reparseSize === 0) return;
    const { target } = decodeReparse(Buffer.concat(this.#reparse));
    await rm(this.file, { recursive: true, force: true });
    await symlink(hostLinkTarget(target, this.#target.name), this.file);
  }
}
