import { foldName } from "@oriel/contracts";

/** Entries in the making at once: enough to keep the disk busy, few enough that their buffers stay small. */
const WIDTH = 6;
const BUFFER_SIZE = 256 * 1024;

/** A place in the pool, with a buffer that nobody else uses meanwhile. */
export interface Slot {
  readonly buffer: Buffer;
}

/**
 * Makes several entries at once, each after what it needs: its folder, the target of its link. The first failure in the
 * order of the entries is the one that is told, as if they had been made one after another.
 */
export class EntryPool {
  readonly #free: Slot[] = [];
  #slots = 0;
  #waiting: (() => void) | undefined;
  /** Those that are not done, by folded name. */
  readonly #unfinished = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #sequence = 0;
  #failure: { readonly sequence: number; readonly error: unknown } | undefined;

  /** Waits until one entry less is in the making. For one caller at a time. @throws the failure of an earlier entry. */
  async acquire(): Promise<Slot> {
    for (;;) {
      if (this.#failure !== undefined) await this.drain();
      const free = this.#free.pop();
      if (free !== undefined) return free;
      if (this.#slots < WIDTH) {
        this.#slots += 1;
        return { buffer: Buffer.allocUnsafeSlow(BUFFER_SIZE) };
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  release(slot: Slot): void {
    this.#free.push(slot);
    this.#wake();
  }

  /**
   * Begins `work` on the entry `name` once earlier work on the same name and on those that it needs is done. When that
   * fails `work` is not begun. Answers at once; the slot is free again when the work is over.
   */
  start(slot: Slot, name: string, needs: readonly string[], work: () => Promise<void>): void {
    const sequence = this.#sequence++;
    const key = foldName(name);
    const before = [key, ...needs.map(foldName)].flatMap((need) => this.#unfinished.get(need) ?? []);
    const made = (async () => {
      try {
        if (before.length > 0) await Promise.all(before);
        await work();
      } catch (error) {
        if (this.#failure === undefined || sequence < this.#failure.sequence) this.#failure = { sequence, error };
        throw error;
      }
    })();
    const over = made
      .catch(() => {})
      .then(() => {
        if (this.#unfinished.get(key) === made) this.#unfinished.delete(key);
        this.#running.delete(over);
        this.release(slot);
      });
    this.#unfinished.set(key, made);
    this.#running.add(over);
  }

  /** Waits for the work on these names. @throws the failure of an earlier entry. */
  async ready(names: readonly string[]): Promise<void> {
    await Promise.allSettled(names.flatMap((name) => this.#unfinished.get(foldName(name)) ?? []));
    if (this.#failure !== undefined) await this.drain();
  }

  /** Waits until nothing is in the making. @throws the first failure in the order of the entries. */
  async drain(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Like `drain`, but never fails. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
