/** Bytes of one buffer. */
const bufferSize = 256 * 1024;
/** Buffers that are kept for the next who needs one. */
const maxKept = 8;

/**
 * Memory that all threads see. What goes to a thread by copying is copied twice and becomes garbage on both sides; of a
 * layer's files that was half the work.
 */
export class SharedBuffers {
  readonly #free: Uint8Array[] = [];

  /** One that nobody else has, with anything in it. */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(bufferSize));
  }

  /** Of no use to its former owner any more. */
  give(buffer: Uint8Array): void {
    if (this.#free.length < maxKept) this.#free.push(buffer);
  }
}
