import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { SerialQueue } from "@oriel/contracts";
import type { LogFrame, OutputFrame } from "../engine-api.ts";
import { LineSplitter } from "./line-splitter.ts";
import { formatLogEntry } from "./log-entry.ts";

const blockBytes = 64 * 1024;

/**
 * Milliseconds between two notifications of growth: what is written meanwhile goes to its followers in one piece. Each of
 * them takes its part of the only thread, so the more there are, the longer is gathered.
 */
const gatherMilliseconds = (followers: number): number => Math.min(250, 20 + followers / 4);

/** How far a log had come at one moment. */
export interface LogMark {
  /** Bytes of the file that are whole entries. */
  readonly size: number;
  /** Output that was given and has no line feed yet, so that it is not in the file. */
  readonly pending: readonly LogFrame[];
}

/**
 * Appends a container's output to its log file in Docker's json-file format. One writer a file. Calls are carried out in
 * the order in which they were made.
 */
export class LogWriter {
  readonly #file: FileHandle;
  readonly #now: () => Date;
  readonly #order = new SerialQueue();
  readonly #lines = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  #size: number;
  #closed = false;
  readonly #followers = new Set<() => void>();
  #gathering: NodeJS.Timeout | undefined;
  #hasGrown = false;

  private constructor(file: FileHandle, size: number, now: () => Date) {
    this.#file = file;
    this.#size = size;
    this.#now = now;
  }

  /** Opens a log to append to it; what a crash left of a last entry is cut off first. */
  static async open(file: string, now: () => Date): Promise<LogWriter> {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o640);
    try {
      const size = await endOfLastLine(handle);
      await handle.truncate(size);
      return new LogWriter(handle, size, now);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes of the file that are whole entries. */
  get size(): number {
    return this.#size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Resolves when its lines are in the file. A failed write leaves the file without them, and the next goes on in its place. */
  write({ stream, data }: OutputFrame): Promise<void> {
    return this.#order.run(() => this.#append(stream, this.#lines[stream].push(data)));
  }

  /** Where the log stands once all that was given so far is written. */
  mark(): Promise<LogMark> {
    return this.#order.run(async () => {
      const streams = ["stdout", "stderr"] as const;
      const time = this.#now();
      const pending = streams.flatMap((stream) => {
        const { rest } = this.#lines[stream];
        return rest.length === 0 ? [] : [{ stream, data: Buffer.from(rest), time }];
      });
      return { size: this.#size, pending };
    });
  }

  /** Calls back once, when the log has grown or is closed. Returns a function that takes that back. */
  onceChanged(callback: () => void): () => void {
    if (this.#closed) queueMicrotask(callback);
    else this.#followers.add(callback);
    return () => void this.#followers.delete(callback);
  }

  /** Writes lines that have no line feed, and closes the file. Safe to call again. */
  close(): Promise<void> {
    return this.#order.run(async () => {
      if (this.#closed) return;
      try {
        for (const stream of ["stdout", "stderr"] as const) await this.#append(stream, this.#lines[stream].flush());
        await this.#file.truncate(this.#size);
        await this.#file.datasync();
      } finally {
        this.#closed = true;
        this.#announce();
        await this.#file.close();
      }
    });
  }

  async #append(stream: OutputFrame["stream"], pieces: readonly Buffer[]): Promise<void> {
    if (pieces.length === 0 || this.#closed) return;
    const time = this.#now();
    const bytes = Buffer.concat(pieces.map((data) => formatLogEntry({ stream, data, time })));
    let written = 0;
    while (written < bytes.length) {
      written += (await this.#file.write(bytes, written, bytes.length - written, this.#size + written)).bytesWritten;
    }
    this.#size += bytes.length;
    this.#announce();
  }

  /** The first of a burst is announced at once, the rest of it some milliseconds later. */
  #announce(): void {
    if (!this.#closed && this.#gathering !== undefined) {
      this.#hasGrown = true;
      return;
    }
    clearTimeout(this.#gathering);
    this.#hasGrown = false;
    const followers = [...this.#followers];
    this.#followers.clear();
    for (const callback of followers) callback();
    if (this.#closed) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      if (this.#hasGrown) this.#announce();
    }, gatherMilliseconds(followers.length));
  }
}

async function endOfLastLine(file: FileHandle): Promise<number> {
  const block = Buffer.alloc(blockBytes);
  let end = (await file.stat()).size;
  while (end > 0) {
    const start = Math.max(0, end - blockBytes);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const feed = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (feed >= 0) return start + feed + 1;
    end = start;
  }
  return 0;
}
