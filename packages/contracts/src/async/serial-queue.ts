import { unlessAborted } from "./unless-aborted.ts";

/** Runs work one after another, in the order in which it was given. Work that fails does not hold up the next. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when the work that was given last is over; never rejects. It is another promise once more was given. */
  get last(): Promise<unknown> {
    return this.#last;
  }

  /** @param signal gives the place in the queue up: rejects with its reason. Work that has begun has to look at it itself. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last;
    const result = unlessAborted(before, signal).then(() => {
      signal?.throwIfAborted();
      return work();
    });
    // A place that is given up does not let the next work start early.
    this.#last = result.catch(() => before);
    return result;
  }
}
