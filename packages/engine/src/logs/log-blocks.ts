import { type FileHandle, open } from "node:fs/promises";
import type { LogFrame } from "../engine-api.ts";
import { parseLogEntry } from "./log-entry.ts";

const blockBytes = 64 * 1024;

/** Bytes of the file whose entries are kept for other readers. */
const keptBytes = 512 * 1024;

/** Entries that stand one behind another in a log. */
export interface LogBlock {
  readonly entries: readonly LogFrame[];
  /** Offset behind the last of them. */
  readonly end: number;
}

interface KeptBlock {
  readonly block: Promise<LogBlock>;
  readonly bytes: number;
}

/**
 * A log file for any number of readers at once: those that are at the same place get the same block, which is read and
 * parsed once, from one file handle. Nothing is kept once the last reader has left.
 */
export class LogBlocks {
  /** By the offset at which they begin. */
  readonly #kept = new Map<number, KeptBlock>();
  #bytes = 0;
  #readers = 0;
  #file: Promise<FileHandle> | undefined;

  /** The file's handle, for which `leave` is owed; undefined, and nothing owed, when the file does not exist. */
  async enter(path: string): Promise<FileHandle | undefined> {
    this.#readers += 1;
    this.#file ??= open(path, "r");
    try {
      return await this.#file;
    } catch (error) {
      await this.leave();
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async leave(): Promise<void> {
    this.#readers -= 1;
    if (this.#readers > 0) return;
    const file = this.#file;
    this.#file = undefined;
    this.#kept.clear();
    this.#bytes = 0;
    await (await file?.catch(() => undefined))?.close();
  }

  /** The entries from `position` on, as many as come together and not beyond `end`, which is the end of an entry or of the file. */
  async read(file: FileHandle, position: number, end: number): Promise<LogBlock> {
    const kept = this.#kept.get(position);
    if (kept !== undefined) {
      const block = await kept.block;
      if (block.end <= end) return block;
      // Of a reader that stops before: what was put out later is not for it.
      return readBlock(file, position, end);
    }
    const block = readBlock(file, position, end);
    this.#keep(position, { block, bytes: Math.min(blockBytes, end - position) });
    return block;
  }

  #keep(position: number, kept: KeptBlock): void {
    this.#kept.set(position, kept);
    this.#bytes += kept.bytes;
    kept.block.catch(() => this.#drop(position, kept));
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= keptBytes) break;
      this.#drop(oldest, old);
    }
  }

  #drop(position: number, kept: KeptBlock): void {
    if (this.#kept.get(position) !== kept) return;
    this.#kept.delete(position);
    this.#bytes -= kept.bytes;
  }
}

/** Reads on beyond the size of a block where one entry is longer. */
async function readBlock(file: FileHandle, position: number, end: number): Promise<LogBlock> {
  let bytes = Buffer.alloc(0);
  for (let read = position; read < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(blockBytes, end - read));
    const { bytesRead } = await file.read(piece, 0, piece.length, read);
    if (bytesRead === 0) break;
    read += bytesRead;
    bytes = bytes.length === 0 ? piece.subarray(0, bytesRead) : Buffer.concat([bytes, piece.subarray(0, bytesRead)]);
    const last = bytes.lastIndexOf(0x0a);
    if (last >= 0) return { entries: parseEntries(bytes.subarray(0, last + 1)), end: position + last + 1 };
  }
  // What a crash left of an entry.
  return { entries: [], end };
}

function parseEntries(bytes: Buffer): LogFrame[] {
  const entries: LogFrame[] = [];
  let start = 0;
  for (let feed = bytes.indexOf(0x0a); feed >= 0; feed = bytes.indexOf(0x0a, start)) {
    const entry = parseLogEntry(bytes.subarray(start, feed));
    start = feed + 1;
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}
