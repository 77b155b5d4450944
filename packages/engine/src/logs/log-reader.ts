import { onAbort } from "@oriel/contracts";
import type { Clock } from "../clock.ts";
import type { LogFrame, LogsRequest } from "../engine-api.ts";
import { LogBlocks } from "./log-blocks.ts";
import { findTail } from "./log-tail.ts";
import type { LogWriter } from "./log-writer.ts";

export interface ReadLogOptions {
  readonly path: string;
  /** The writer at work on the file, while there is one. */
  readonly writer: LogWriter | undefined;
  /** Bytes of the file to read. @default all that there are */
  readonly size?: number | undefined;
  readonly request: LogsRequest;
  readonly clock: Clock;
  /** Shared by the readers of one log. @default blocks of its own */
  readonly blocks?: LogBlocks;
}

/**
 * A container's log, oldest first, as many entries at once as came together; readers at the same place get the same list. With
 * `follow` it goes on until the writer is done, `until` has passed or the signal aborts; otherwise it ends where the log ended when reading began. A log that does not exist is empty.
 */
export async function* readLog(options: ReadLogOptions): AsyncGenerator<readonly LogFrame[], void> {
  const { path, writer, size: given, request, clock, blocks = new LogBlocks() } = options;
  const { since, until, follow = false, tail, signal } = request;
  const matches = (entry: LogFrame): boolean =>
    request[entry.stream] && (since === undefined || entry.time >= since) && (until === undefined || entry.time <= until);

  const file = await blocks.enter(path);
  if (file === undefined) return;
  const over = untilOver(until, signal, clock);
  try {
    const size = given ?? writer?.size ?? (await file.stat()).size;
    let position = tail === undefined ? 0 : await findTail(file, { size, lines: tail, matches });
    let end = size;
    for (;;) {
      while (position < end) {
        if (signal?.aborted === true) return;
        const block = await blocks.read(file, position, end);
        position = block.end;
        const late = until === undefined ? -1 : block.entries.findIndex(({ time }) => time > until);
        const entries = select(late < 0 ? block.entries : block.entries.slice(0, late), matches);
        if (entries.length > 0) yield entries;
        if (late >= 0) return;
      }
      if (!follow || writer === undefined || over.signal.aborted) return;
      end = await nextEnd(writer, position, over.signal);
      if (end === position) return;
    }
  } finally {
    over.stop();
    await blocks.leave();
  }
}

/** The same list where all of it is wanted: what is made of a list is then made once for all its readers. */
function select(entries: readonly LogFrame[], matches: (entry: LogFrame) => boolean): readonly LogFrame[] {
  return entries.every(matches) ? entries : entries.filter(matches);
}

/** The size that the log grows to beyond `position`; `position` itself when it will not grow any more. */
async function nextEnd(writer: LogWriter, position: number, over: AbortSignal): Promise<number> {
  while (writer.size === position && !writer.isClosed && !over.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const forgets = [writer.onceChanged(resolve), onAbort(over, resolve)];
    await promise;
    for (const forget of forgets) forget();
  }
  return writer.size;
}

/** Aborts when the caller does, or when `until` has come. */
function untilOver(until: Date | undefined, signal: AbortSignal | undefined, clock: Clock): { signal: AbortSignal; stop(): void } {
  const over = new AbortController();
  const timer = new AbortController();
  const abort = (): void => over.abort();
  const forget = onAbort(signal, abort);
  if (until !== undefined) {
    // One millisecond more, as an entry of that very moment still belongs to it.
    void clock.sleep(until.getTime() - clock.now().getTime() + 1, timer.signal).then(abort);
  }
  const stop = (): void => {
    timer.abort();
    forget();
  };
  return { signal: over.signal, stop };
}
