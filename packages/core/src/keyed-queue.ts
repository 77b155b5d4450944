import { unlessAborted } from "./abort/unless-aborted.ts";

/** Runs work on the same key one after another, and on different keys side by side. */
export class KeyedQueue {
  /** By key: settles when the last work on it is over; never rejects. */
  readonly #last = new Map<string, Promise<void>>();

  /** @param signal gives the place in the queue up: rejects with its reason. Work that has begun has to look at it itself. */
  run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = unlessAborted(before, signal).then(() => {
      signal?.throwIfAborted();
      return work();
    });
    // A place that is given up does not let the next work start early.
    const over = Promise.allSettled([before, result]).then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    this.#last.set(key, over);
    return result;
  }

  /** Waits until nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
