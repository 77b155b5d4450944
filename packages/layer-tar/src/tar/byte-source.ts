/** Reads a stream of chunks in pieces of the sizes that a format wants. Holds one chunk. */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** At least one and at most `max` bytes, as they come; undefined at the end. */
  async take(max: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#iterator.next();
      if (next.done === true) return undefined;
      this.#chunk = next.value;
      this.#at = 0;
    }
    const piece = this.#chunk.subarray(this.#at, this.#at + max);
    this.#at += piece.length;
    return piece;
  }

  /** Exactly `size` bytes, or fewer where the stream ends before. */
  async read(size: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let missing = size;
    while (missing > 0) {
      const piece = await this.take(missing);
      if (piece === undefined) break;
      if (piece.length === size) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      pieces.push(piece);
      missing -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Answers how many bytes of `size` were not there. */
  async skip(size: number): Promise<number> {
    let missing = size;
    while (missing > 0) {
      const piece = await this.take(missing);
      if (piece === undefined) break;
      missing -= piece.length;
    }
    return missing;
  }

  /** Lets the stream know that no more is wanted. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
