/** A stream that knows whether anybody has begun to read it. */
export class UnreadTar implements AsyncIterable<Uint8Array> {
  readonly #tar: AsyncIterable<Uint8Array>;
  #begun = false;

  constructor(tar: AsyncIterable<Uint8Array>) {
    this.#tar = tar;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.#begun = true;
    return this.#tar[Symbol.asyncIterator]();
  }

  /**
   * Lets a stream know that nobody will read it; who began to read it answers for it. Node's streams are told by
   * `destroy`: their iterator notices nothing before it is first read from.
   */
  async discard(): Promise<void> {
    if (this.#begun) return;
    try {
      if ("destroy" in this.#tar && typeof this.#tar.destroy === "function") this.#tar.destroy();
      else await this.#tar[Symbol.asyncIterator]().return?.();
    } catch {
      // It was not wanted, so neither is its failure.
    }
  }
}
