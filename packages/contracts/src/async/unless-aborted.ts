import { onAbort } from "./on-abort.ts";

/**
 * Waits for `work`, or rejects as soon as `signal` aborts. The work goes on then; its failure is dropped.
 *
 * @param toError makes the error of the signal's reason. @default the reason itself
 */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  toError: (reason: unknown) => unknown = (reason) => reason,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(toError(signal.reason)));
    work.then(resolve, reject).finally(forget);
  });
}
