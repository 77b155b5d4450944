import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/** Wine's name of a Unix path that no drive letter reaches. */
export function unixPathInWine(file: string): string {
  return `\\\\?\\unix${file.replaceAll("/", "\\")}`;
}

/**
 * Our end of a named pipe that Windows writes to. It is open before the writer is, so that the writer's open succeeds,
 * and nothing is read before the writer has it: a pipe without writer reads as ended.
 */
export class FifoReader {
  #fd: number | undefined;

  constructor(file: string) {
    this.#fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** Turns into a stream, which owns the descriptor from now on. Only once, and only after the writer has opened it. */
  stream(): Readable {
    const fd = this.#take();
    return new Socket({ fd, readable: true, writable: false });
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#take());
  }

  #take(): number {
    const fd = this.#fd;
    if (fd === undefined) throw new Error("the pipe is closed or has become a stream already");
    this.#fd = undefined;
    return fd;
  }
}

/**
 * Our end of a named pipe that Windows reads from. Until the reader has opened it we hold both directions, as a lone
 * writer cannot open; `readerReady` then leaves only ours, so that a write after the reader's death fails instead of
 * filling the pipe.
 */
export class FifoWriter {
  readonly #file: string;
  #fd: number | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  }

  readerReady(): void {
    if (this.#fd === undefined) return;
    const both = this.#fd;
    this.#fd = openSync(this.#file, constants.O_WRONLY | constants.O_NONBLOCK);
    closeSync(both);
  }

  /** Turns into a stream, which owns the descriptor from now on. Only once. */
  stream(): Writable {
    const fd = this.#take();
    const socket = new Socket({ fd, readable: false, writable: true });
    // A pipe has no half-close: end of input is the closing of our end.
    socket.once("finish", () => socket.destroy());
    return socket;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#take());
  }

  #take(): number {
    const fd = this.#fd;
    if (fd === undefined) throw new Error("the pipe is closed or has become a stream already");
    this.#fd = undefined;
    return fd;
  }
}
