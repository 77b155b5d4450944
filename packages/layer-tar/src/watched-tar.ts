import { isOrielError, type OrielError, UnavailableError } from "@oriel/contracts";

/** Bytes between two reports of progress. */
const PROGRESS_STEP = 1024 * 1024;

/**
 * The stream, ended with an error as soon as the signal says so, even while its source gives nothing. The source is told
 * that no more is wanted, but not waited for then: it may never answer.
 *
 * @throws the signal's reason (an UnavailableError unless it is one of Oriel's)
 */
export async function* watchTar(
  tar: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = tar[Symbol.asyncIterator]();
  let read = 0;
  let reported = 0;
  let ended = false;
  try {
    for (;;) {
      const next = await unlessAborted(source.next(), signal);
      if (next.done === true) break;
      read += next.value.length;
      if (read - reported >= PROGRESS_STEP) {
        reported = read;
        onProgress?.(read);
      }
      yield next.value;
    }
    ended = true;
    if (read > reported) onProgress?.(read);
  } finally {
    if (!ended) {
      const returned = source.return?.();
      if (signal?.aborted !== true) await returned;
      else returned?.catch(() => {});
    }
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(cancelled(signal, "layer.import"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    stopListening = () => signal.removeEventListener("abort", onAbort);
  });
  try {
    // The loser of the race stays handled by it, so that its late failure troubles nobody.
    return await Promise.race([aborted, work]);
  } finally {
    stopListening();
  }
}

const works = {
  "layer.import": "the import of the layer",
  "layer.export": "the export of the layer",
  "layer.changes": "the comparison of the layer",
  "layer.copy": "the copy of a folder of the layer",
  "layer.commit": "the making of a layer",
};

/** @throws the signal's reason, when it has come. */
export function throwIfCancelled(signal: AbortSignal | undefined, op: keyof typeof works): void {
  if (signal?.aborted === true) throw cancelled(signal, op);
}

function cancelled(signal: AbortSignal, op: keyof typeof works): OrielError {
  const reason: unknown = signal.reason;
  return isOrielError(reason) ? reason : new UnavailableError(`${works[op]} was cancelled`, { op, cause: reason });
}
