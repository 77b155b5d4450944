import { type OrielError, toOrielError } from "../errors/errors.ts";

/** Something that must be given back. */
export interface Releasable {
  /** Shown in the report of a failed release. */
  readonly name: string;
  release(): void | Promise<void>;
}

/**
 * What was taken, given back in the reverse order, one after another: processes before their system, the system before
 * its layer. A release that fails does not keep the others from being released. tsyringe 4.10 disposes nothing that a
 * factory made, which is why this exists.
 */
export class LifecycleStack {
  readonly #taken: Releasable[] = [];
  #closing: Promise<readonly OrielError[]> | undefined;

  /** Number of things not yet released. */
  get size(): number {
    return this.#taken.length;
  }

  push(item: Releasable): void {
    this.#taken.push(item);
  }

  /** Releases everything, last in first out. Safe to call again: the second call waits for the first. Never rejects. */
  close(): Promise<readonly OrielError[]> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<readonly OrielError[]> {
    const failures: OrielError[] = [];
    for (let item = this.#taken.pop(); item !== undefined; item = this.#taken.pop()) {
      try {
        await item.release();
      } catch (error) {
        failures.push(toOrielError(error, "lifecycle.release", item.name));
      }
    }
    return failures;
  }
}
