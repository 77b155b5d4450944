import { InvalidArgumentError } from "../errors/errors.ts";

/** Docker's own. */
export const defaultDetachKeys = "ctrl-p,ctrl-q";

/**
 * The bytes of a key sequence such as `ctrl-p,ctrl-q` or `ctrl-x,a`, by which a user leaves a terminal.
 * @throws InvalidArgumentError
 */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(",").map((key) => {
      const [, control] = /^ctrl-([a-z@[\\\]^_])$/.exec(key) ?? [];
      // A control character is the letter's code without its two upper bits.
      if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
      if (key.length === 1 && key.charCodeAt(0) < 0x80) return key.charCodeAt(0);
      const message = `invalid detach keys (${text}): ${JSON.stringify(key)} is neither a character nor ctrl- and a letter`;
      throw new InvalidArgumentError(message, { op: "terminal.detach-keys", resource: text });
    }),
  );
}

/** Looks for a key sequence in what is typed. Keys that may be its beginning are held back until the next shows it. */
export class DetachKeyMatcher {
  readonly #keys: Uint8Array;
  #held: number[] = [];
  #isDetached = false;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** Whether the sequence was typed. */
  get isDetached(): boolean {
    return this.#isDetached;
  }

  /** What is to be passed on: neither the sequence nor anything behind it. */
  push(typed: Uint8Array): Uint8Array {
    const passed: number[] = [];
    for (const byte of typed) {
      if (this.#isDetached) break;
      this.#held.push(byte);
      while (!this.#held.every((held, at) => held === this.#keys[at])) passed.push(...this.#held.splice(0, 1));
      if (this.#held.length === this.#keys.length) {
        this.#isDetached = true;
        this.#held = [];
      }
    }
    return Uint8Array.from(passed);
  }

  /** What was held back, at the end of the input. */
  flush(): Uint8Array {
    return Uint8Array.from(this.#held.splice(0));
  }
}
