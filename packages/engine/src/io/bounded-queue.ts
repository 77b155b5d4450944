/**
 * Values on their way from many writers to one reader. What a full queue does is the writer's choice: it may wait for
 * {@link hasRoom}, or look at {@link size} and give up.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #values: { readonly value: T; readonly weight: number }[] = [];
  readonly #limit: number;
  readonly #onClosed: () => void;
  #weight = 0;
  #ended = false;
  #unbounded = false;
  #failure: Error | undefined;
  #arrival: PromiseWithResolvers<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  /**
   * @param limit Weight at which the queue is full. One value is taken in whatever it weighs.
   * @param onClosed Called when the reader goes, before or at the end.
   */
  constructor(limit: number, onClosed: () => void = () => {}) {
    this.#limit = limit;
    this.#onClosed = onClosed;
  }

  get isFull(): boolean {
    return this.#weight >= this.#limit && !this.#unbounded;
  }

  /** Takes a value in, full or not. Values given after the end are dropped. */
  push(value: T, weight = 1): void {
    if (this.#ended) return;
    this.#values.push({ value, weight });
    this.#weight += weight;
    this.#arrival?.resolve();
  }

  /** Resolves once the reader has made room, or is gone. */
  async hasRoom(): Promise<void> {
    while (this.isFull && !this.#ended) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /** From now on the queue is never full: nobody waits for this reader any more. */
  removeLimit(): void {
    this.#unbounded = true;
    this.#freeWriters();
  }

  /** The reader gets what is in the queue, then the end, or `failure`. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#arrival?.resolve();
    this.#freeWriters();
  }

  /** The reader goes: what is in the queue is dropped. */
  close(): void {
    this.#values.length = 0;
    this.#weight = 0;
    this.end();
    this.#onClosed();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    try {
      for (;;) {
        const next = this.#values.shift();
        if (next !== undefined) {
          this.#weight -= next.weight;
          if (!this.isFull) this.#freeWriters();
          yield next.value;
        } else if (this.#ended) {
          if (this.#failure !== undefined) throw this.#failure;
          return;
        } else {
          this.#arrival = Promise.withResolvers();
          await this.#arrival.promise;
        }
      }
    } finally {
      this.close();
    }
  }

  #freeWriters(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
