import { cancellation, type OrielError, untilAborted } from "@oriel/contracts";

/** Bytes between two reports of progress. */
const PROGRESS_STEP = 1024 * 1024;

/**
 * The stream, with reports of how much was read.
 *
 * @throws the signal's reason as soon as it aborts (an UnavailableError unless it is one of Oriel's)
 */
export async function* watchTar(
  tar: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let read = 0;
  let reported = 0;
  for await (const piece of untilAborted(tar, signal, (reason) => cancelled(reason, "layer.import"))) {
    read += piece.length;
    if (read - reported >= PROGRESS_STEP) {
      reported = read;
      onProgress?.(read);
    }
    yield piece;
  }
  if (read > reported) onProgress?.(read);
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
  if (signal?.aborted === true) throw cancelled(signal.reason, op);
}

function cancelled(reason: unknown, op: keyof typeof works): OrielError {
  return cancellation(reason, `${works[op]} was cancelled`, op);
}
