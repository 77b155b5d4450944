/** Runs work on the same key one after another, and on different keys side by side. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param signal gives the place in the queue up; work that has begun has to look at it itself. Rejects with its reason. */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const before = this.#last.get(key) ?? Promise.resolve();
    let begun = false;
    const begin = () => {
      signal?.throwIfAborted();
      begun = true;
      return work();
    };
    const result = before.then(begin, begin);
    this.#last.set(key, result);
    const forget = () => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    if (signal === undefined) return result;

    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        if (!begun) reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      result.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }
}
