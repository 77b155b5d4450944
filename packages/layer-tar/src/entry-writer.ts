import type { EntryPool, Slot } from "./entry-pool.ts";
import type { EntrySink } from "./entry-sink.ts";

/** Where the bytes of one entry go. */
export interface EntryOutlet {
  readonly name: string;
  /** Names that must be made before. */
  readonly needs: readonly string[];
  /** @param size of all that will be written, where that is known */
  open(size?: number): Promise<EntrySink>;
}

/**
 * Takes the bytes of one entry. What fits the slot's buffer is written by the pool, while the next entries are read; of
 * a larger entry one half of the buffer is filled while the other is written.
 */
export class EntryWriter {
  readonly #pool: EntryPool;
  readonly #slot: Slot;
  readonly #outlet: EntryOutlet;
  /** The buffer, and once the entry has outgrown it its two halves in turn. */
  #buffer: Buffer;
  #size = 0;
  #sink: EntrySink | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(pool: EntryPool, slot: Slot, outlet: EntryOutlet) {
    this.#pool = pool;
    this.#slot = slot;
    this.#outlet = outlet;
    this.#buffer = slot.buffer;
  }

  /** Whether all of it is still in the buffer. */
  get gathering(): boolean {
    return this.#sink === undefined;
  }

  /** Takes the bytes if they fit the buffer: the quick way for the many small pieces. */
  tryWrite(bytes: Uint8Array): boolean {
    if (this.#size + bytes.length > this.#buffer.length) return false;
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
    return true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; !this.tryWrite(rest); ) {
      const room = this.#buffer.length - this.#size;
      this.tryWrite(rest.subarray(0, room));
      rest = rest.subarray(room);
      await this.#flush();
    }
  }

  /** Begins to finish the entry, and does not wait for it unless it is a large one. */
  async finish(): Promise<void> {
    const { name, needs } = this.#outlet;
    const sink = this.#sink;
    if (sink === undefined) return this.#pool.start(this.#slot, name, needs, () => this.#writeWhole());
    await this.#flush();
    await this.#writing;
    this.#pool.start(this.#slot, name, [], () => sink.close());
  }

  /** Gives the entry up. Never fails. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#sink?.discard();
    this.#pool.release(this.#slot);
  }

  async #writeWhole(): Promise<void> {
    const sink = await this.#outlet.open(this.#size);
    try {
      if (this.#size > 0) await sink.write(this.#slot.buffer.subarray(0, this.#size));
      await sink.close();
    } catch (error) {
      await sink.discard();
      throw error;
    }
  }

  async #flush(): Promise<void> {
    const full = this.#buffer.subarray(0, this.#size);
    const half = this.#slot.buffer.length / 2;
    this.#size = 0;
    if (this.#sink === undefined) {
      await this.#pool.ready([this.#outlet.name, ...this.#outlet.needs]);
      this.#sink = await this.#outlet.open();
      await this.#sink.write(full);
      this.#buffer = this.#slot.buffer.subarray(0, half);
      return;
    }
    await this.#writing;
    this.#writing = this.#sink.write(full);
    // Its failure is told by the next wait for it.
    this.#writing.catch(() => {});
    const first = full.byteOffset === this.#slot.buffer.byteOffset;
    this.#buffer = this.#slot.buffer.subarray(first ? half : 0, first ? 2 * half : half);
  }
}
