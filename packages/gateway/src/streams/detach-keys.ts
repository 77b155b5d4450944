import { Transform } from "node:stream";
import { DetachKeyMatcher } from "@oriel/contracts";

/** Passes a terminal's input on; the key sequence is left out, ends the input, and calls `onDetach`. */
export function detachFilter(keys: Uint8Array, onDetach: () => void): Transform {
  const matcher = new DetachKeyMatcher(keys);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const wasDetached = matcher.isDetached;
      const passed = matcher.push(chunk);
      if (matcher.isDetached && !wasDetached) onDetach();
      done(null, passed);
    },
    flush(done) {
      done(null, matcher.flush());
    },
  });
}
