import type { Handle } from "@oriel/contracts";

/** Hands out handles of one kind and finds what stands behind them. Numbers are never used twice in a process. */
export class HandleTable<Kind extends string, Value> {
  static #next = 0x1000n;
  readonly #values = new Map<bigint, Value>();

  /** Handles that are open. */
  get size(): number {
    return this.#values.size;
  }

  open(value: Value): Handle<Kind> {
    HandleTable.#next += 4n;
    this.#values.set(HandleTable.#next, value);
    return HandleTable.#next as Handle<Kind>;
  }

  get(handle: Handle<Kind>): Value | undefined {
    return this.#values.get(handle);
  }

  /** Closes the handle and returns what it stood for; undefined when it was not open. */
  close(handle: Handle<Kind>): Value | undefined {
    const value = this.#values.get(handle);
    this.#values.delete(handle);
    return value;
  }

  /** Closes all and returns what they stood for. */
  clear(): Value[] {
    const values = [...this.#values.values()];
    this.#values.clear();
    return values;
  }

  values(): IterableIterator<Value> {
    return this.#values.values();
  }
}

/** The handle that means none. */
export function noHandle<Kind extends string>(): Handle<Kind> {
  return 0n as Handle<Kind>;
}
