import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "./clock.ts";
import type { LogFrame, LogsRequest } from "./engine-api.ts";
import { parseLogEntry } from "./log-entry.ts";
import { findTail } from "./log-tail.ts";
import type { LogWriter } from "./log-writer.ts";

const blockBytes = 64 * 1024;

export interface ReadLogOptions {
  readonly path: string;
  /** The writer at work on the file, while there is one. */
  readonly writer: LogWriter | undefined;
  /** Bytes of the file to read. @default all that there are */
  readonly size?: number | undefined;
  readonly request: LogsRequest;
  readonly clock: Clock;
}

/**
 * A container's log, oldest first. With `follow` it goes on until the writer is done, `until` has passed or the signal aborts;
 * otherwise it ends where the log ended when reading began. A log that does not exist is empty.
 */
export async function* readLog({ path, writer, size: given, request, clock }: ReadLogOptions): AsyncGenerator<LogFrame, void> {
  const { since, until, follow = false, tail, signal } = request;
  const matches = (entry: LogFrame): boolean =>
    request[entry.stream] && (since === undefined || entry.time >= since) && (until === undefined || entry.time <= until);

  const file = await openIfThere(path);
  if (file === undefined) return;
  const over = untilOver(until, signal, clock);
  try {
    const size = given ?? writer?.size ?? (await file.stat()).size;
    let position = tail === undefined ? 0 : await findTail(file, { size, lines: tail, matches });
    let end = size;
    for (;;) {
      for await (const entry of entriesBetween(file, position, end)) {
        if (signal?.aborted === true) return;
        if (until !== undefined && entry.time > until) return;
        if (matches(entry)) yield entry;
      }
      position = end;
      if (!follow || writer === undefined || over.signal.aborted) return;
      end = await nextEnd(writer, position, over.signal);
      if (end === position) return;
    }
  } finally {
    over.stop();
    await file.close();
  }
}

/** The size that the log grows to beyond `position`; `position` itself when it will not grow any more. */
async function nextEnd(writer: LogWriter, position: number, over: AbortSignal): Promise<number> {
  while (writer.size === position && !writer.isClosed && !over.aborted) {
    const left = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      over.addEventListener("abort", () => resolve(), { once: true, signal: left.signal });
    });
    await Promise.race([writer.changed(), aborted]);
    left.abort();
  }
  return writer.size;
}

/** Aborts when the caller does, or when `until` has come. */
function untilOver(until: Date | undefined, signal: AbortSignal | undefined, clock: Clock): { signal: AbortSignal; stop(): void } {
  const over = new AbortController();
  const timer = new AbortController();
  const abort = (): void => over.abort();
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  if (until !== undefined) {
    // One millisecond more, as an entry of that very moment still belongs to it.
    void clock.sleep(until.getTime() - clock.now().getTime() + 1, timer.signal).then(abort);
  }
  const stop = (): void => {
    timer.abort();
    signal?.removeEventListener("abort", abort);
  };
  return { signal: over.signal, stop };
}

async function* entriesBetween(file: FileHandle, from: number, to: number): AsyncGenerator<LogFrame, void> {
  const block = Buffer.alloc(blockBytes);
  let rest = Buffer.alloc(0);
  let position = from;
  while (position < to) {
    const { bytesRead } = await file.read(block, 0, Math.min(blockBytes, to - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    let start = 0;
    for (let feed = bytes.indexOf(0x0a); feed >= 0; feed = bytes.indexOf(0x0a, start)) {
      const entry = parseLogEntry(bytes.subarray(start, feed));
      start = feed + 1;
      if (entry !== undefined) yield entry;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
