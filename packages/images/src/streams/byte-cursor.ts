/** Reads a stream by counted bytes. */
export class ByteCursor {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes in one piece, or fewer at the end. For small counts. */
  async take(count: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pass(count)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** The next `count` bytes as they come, or fewer at the end. */
  async *pass(count: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let wanted = count; wanted > 0; ) {
      if (this.#rest.length === 0) {
        const step = await this.#iterator.next();
        if (step.done === true) return;
        this.#rest = step.value;
      }
      const piece = this.#rest.subarray(0, wanted);
      this.#rest = this.#rest.subarray(piece.length);
      wanted -= piece.length;
      yield piece;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
