/** Runs work on the same key one after another, and on different keys side by side. */
export class KeyedQueue {
  /** By key: settles when the last work on it is over; never rejects. */
  readonly #last = new Map<string, Promise<void>>();

  /** @param signal gives the place in the queue up: rejects with its reason. Work that has begun has to look at it itself. */
  run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    let begun = false;
    const result = before.then(() => {
      signal?.throwIfAborted();
      begun = true;
      return work();
    });
    const over = result.then(ignore, ignore).then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    this.#last.set(key, over);
    return signal === undefined ? result : unlessAborted(result, signal, () => !begun);
  }

  /** Waits until nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}

/** Rejects at once when the signal comes while `waiting` says so. */
function unlessAborted<T>(result: Promise<T>, signal: AbortSignal, waiting: () => boolean): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      if (waiting()) reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function ignore(): void {}
