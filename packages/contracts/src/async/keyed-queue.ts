import { SerialQueue } from "./serial-queue.ts";

/** Runs work on the same key one after another, and on different keys side by side. */
export class KeyedQueue {
  /** Of the keys that have work. */
  readonly #queues = new Map<string, SerialQueue>();

  /** @param signal gives the place in the queue up: rejects with its reason. Work that has begun has to look at it itself. */
  run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue();
    this.#queues.set(key, queue);
    const result = queue.run(work, signal);
    const { last } = queue;
    void last.then(() => {
      if (queue.last === last) this.#queues.delete(key);
    });
    return result;
  }

  /** Waits until nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#queues.size > 0) await Promise.all([...this.#queues.values()].map(({ last }) => last));
  }
}
