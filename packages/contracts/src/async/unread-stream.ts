/** A stream that knows whether anybody has begun to read it, for calls that promise to read a stream or to give it up. */
export class UnreadStream implements AsyncIterable<Uint8Array> {
  readonly #stream: AsyncIterable<Uint8Array>;
  #begun = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.#begun = true;
    return this.#stream[Symbol.asyncIterator]();
  }

  /**
   * Lets a stream know that nobody will read it; who began to read it answers for it. Node's streams are told by
   * `destroy`: their iterator notices nothing before it is first read from.
   */
  async discard(): Promise<void> {
    if (this.#begun) return;
    try {
      if ("destroy" in this.#stream && typeof this.#stream.destroy === "function") this.#stream.destroy();
      else await this.#stream[Symbol.asyncIterator]().return?.();
    } catch {
      // It was not wanted, so neither is its failure.
    }
  }
}
