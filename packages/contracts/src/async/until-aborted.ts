import { onAbort } from "./on-abort.ts";
import { unlessAborted } from "./unless-aborted.ts";

/**
 * Passes `source` on until `signal` aborts, and rejects at once then, even while the source is silent. A source that is
 * left before its end is told so (`return`). Once the signal has aborted it is not waited for: the `return` of a
 * generator waits for its pending `next`, which may never come.
 *
 * @param toError makes the error of the signal's reason. @default the reason itself
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
  toError: (reason: unknown) => unknown = (reason) => reason,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let hasEnded = false;
  let interrupt: ((error: unknown) => void) | undefined;
  // One listener for all pieces: a stream has many.
  const forget = onAbort(signal, () => interrupt?.(toError(signal?.reason)));
  try {
    for (;;) {
      if (signal?.aborted === true) throw toError(signal.reason);
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (step.done === true) {
        hasEnded = true;
        return;
      }
      yield step.value;
    }
  } finally {
    forget();
    // Its failure is nobody's: what ends the reading is told by another error.
    if (!hasEnded) await unlessAborted(Promise.resolve(iterator.return?.()), signal).catch(() => {});
  }
}
