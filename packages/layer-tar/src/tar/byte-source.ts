const NOTHING = new Uint8Array(0);

/** Reads a stream of chunks in pieces of the sizes that a format wants. Holds one chunk. */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = NOTHING;
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** At least one and at most `max` bytes of the chunk at hand; undefined where it is used up: `load` another then. */
  takeNow(max: number): Uint8Array | undefined {
    if (this.#at === this.#chunk.length) return undefined;
    const piece = this.#chunk.subarray(this.#at, this.#at + max);
    this.#at += piece.length;
    return piece;
  }

  /** Gets the next chunk once the one at hand is used up. false at the end. */
  async load(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return true;
  }

  /** Exactly `size` bytes, or fewer where the stream ends before. */
  async read(size: number): Promise<Buffer> {
    const whole = this.#chunk.length - this.#at >= size ? this.takeNow(size) : undefined;
    if (whole !== undefined) return Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pass(size)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** The next `size` bytes as they come, or fewer where the stream ends before. @default all that are left */
  async *pass(size = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array, void, undefined> {
    for (let missing = size; missing > 0 && (await this.load()); ) {
      const piece = this.takeNow(missing) ?? NOTHING;
      missing -= piece.length;
      yield piece;
    }
  }

  /** Returns how many bytes of `size` were not there. */
  async skip(size: number): Promise<number> {
    let missing = size;
    while (missing > 0 && (await this.load())) missing -= this.takeNow(missing)?.length ?? 0;
    return missing;
  }

  /** Lets the stream know that no more is wanted. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
