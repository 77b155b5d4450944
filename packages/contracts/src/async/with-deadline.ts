import { cancellation } from "./cancellation.ts";
import { onAbort } from "./on-abort.ts";

/** Node's timers overflow beyond this and would fire at once. */
const longestTimer = 2 ** 31 - 1;

export interface DeadlineOptions<T> {
  /** Milliseconds; `Infinity` waits for ever. */
  readonly ms: number;
  /** What is thrown when the time is over. */
  readonly error: () => Error;
  readonly signal?: AbortSignal | undefined;
  /** What is being waited for, for the message when the signal cuts it short. */
  readonly op: string;
  /**
   * Takes what the promise answers after nobody waits for it any more, so that nothing made late is left behind.
   * What it throws is dropped: there is nobody to tell.
   */
  readonly onLate?: ((value: T) => void | Promise<void>) | undefined;
}

/**
 * Waits for `promise`, but not longer than the deadline or the signal allows. The work behind it goes on: its late
 * result goes to `onLate`, its late failure nowhere.
 *
 * @throws what `error` makes, when time is over; the signal's reason (an UnavailableError unless it is one of Oriel's).
 */
export function withDeadline<T>(promise: Promise<T>, options: DeadlineOptions<T>): Promise<T> {
  const { ms, error, signal, op, onLate } = options;
  return new Promise<T>((resolve, reject) => {
    let waiting = true;
    let timer: NodeJS.Timeout | undefined;
    let forget = (): void => {};
    const leave = (): boolean => {
      if (!waiting) return false;
      waiting = false;
      clearTimeout(timer);
      forget();
      return true;
    };
    promise.then(
      (value) => {
        if (leave()) resolve(value);
        else if (onLate)
          Promise.resolve(value)
            .then(onLate)
            .catch(() => {});
      },
      (reason: unknown) => {
        if (leave()) reject(reason);
      },
    );
    forget = onAbort(signal, () => {
      if (leave()) reject(cancellation(signal?.reason, `${op} was cancelled by the caller`, op));
    });
    if (waiting && ms <= longestTimer) {
      timer = setTimeout(() => {
        if (leave()) reject(error());
      }, ms);
    }
  });
}
