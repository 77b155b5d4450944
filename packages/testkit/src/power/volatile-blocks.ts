import type { Random } from "../kill-run/random.ts";

const blockSize = 4096;

/**
 * A disk with a cache of its own: what was written is there for who reads, and lasts beyond a loss of power once the disk
 * was told to flush. Of what was not, each block may be there or not, whatever the order of the writes.
 */
export class VolatileBlocks {
  readonly #seen: Buffer;
  readonly #lasting: Buffer;
  readonly #dirty = new Set<number>();

  /** @param seen what readers see; @param lasting what a loss of power leaves */
  constructor(seen: Buffer, lasting: Buffer) {
    this.#seen = seen;
    this.#lasting = lasting;
  }

  get size(): number {
    return this.#seen.length;
  }

  read(offset: number, size: number): Buffer {
    return this.#seen.subarray(offset, Math.min(offset + size, this.size));
  }

  write(offset: number, data: Uint8Array): void {
    this.#seen.set(data, offset);
    const last = Math.floor((offset + data.length - 1) / blockSize);
    for (let block = Math.floor(offset / blockSize); block <= last; block += 1) this.#dirty.add(block);
  }

  flush(): void {
    for (const block of this.#dirty) this.#copy(this.#seen, block, this.#lasting);
    this.#dirty.clear();
  }

  /** Puts what a loss of power leaves into `target`. @param share of what was not flushed that is there all the same, 0 to 1 */
  lose(target: Buffer, random: Random, share: number): { readonly unflushed: number } {
    target.set(this.#lasting);
    for (const block of this.#dirty) if (random.next() < share) this.#copy(this.#seen, block, target);
    return { unflushed: this.#dirty.size };
  }

  /** Begins again with this content, all of it flushed. */
  load(content: Buffer): void {
    this.#seen.set(content);
    this.#lasting.set(content);
    this.#dirty.clear();
  }

  #copy(from: Buffer, block: number, to: Buffer): void {
    from.copy(to, block * blockSize, block * blockSize, (block + 1) * blockSize);
  }
}
