import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/** What a pipe says when its other end has gone: the end of the stream, and no fault. libuv's names for 109, 232 and 233. */
const otherEndGone = new Set(["EPIPE", "EOF", "ECONNRESET", "ENOTCONN"]);

/** One end of a process's pipe as a stream with overlapped I/O of libuv's own. */
class PipeEnd extends Socket {
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const code = error !== null && "code" in error ? String(error.code) : "";
    super._destroy(otherEndGone.has(code) ? null : error, callback);
  }
}

/** The reading end behind a descriptor. The stream owns it. */
export function pipeReader(descriptor: number): Readable {
  return new PipeEnd({ fd: descriptor, readable: true, writable: false });
}

/** The writing end behind a descriptor. The stream owns it; `end()` lets the reader see end of file. */
export function pipeWriter(descriptor: number): Writable {
  const writer = new PipeEnd({ fd: descriptor, readable: false, writable: true });
  // A socket that is only written to stays open after its end, for an answer that here never comes.
  writer.once("finish", () => writer.destroy());
  return writer;
}
