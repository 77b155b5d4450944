import { Transform } from "node:stream";
import { InvalidArgumentError } from "@oriel/core";

export const defaultDetachKeys = "ctrl-p,ctrl-q";

/**
 * The bytes of a key sequence such as `ctrl-p,ctrl-q` or `ctrl-x,a`.
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
      throw new InvalidArgumentError(message, { op: "gateway.attach" });
    }),
  );
}

/** Passes a terminal's input on; the key sequence is left out, ends the input, and calls `onDetach`. */
export function detachFilter(keys: Uint8Array, onDetach: () => void): Transform {
  let matched = 0;
  let detached = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passed: number[] = [];
      for (const byte of chunk) {
        if (detached) break;
        if (byte === keys[matched]) {
          matched += 1;
        } else {
          passed.push(...keys.subarray(0, matched));
          matched = byte === keys[0] ? 1 : 0;
          if (matched === 0) passed.push(byte);
        }
        if (matched === keys.length && matched > 0) {
          detached = true;
          onDetach();
        }
      }
      done(null, Buffer.from(passed));
    },
    flush(done) {
      done(null, detached ? undefined : Buffer.from(keys.subarray(0, matched)));
    },
  });
}
