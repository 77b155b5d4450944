import { writeSync } from "node:fs";

const standardOutput = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes a line of JSON to standard output, and returns when all of it is on its way: nobody may be left to do so later. */
export function tellLine(event: unknown): void {
  let rest = Buffer.from(`${JSON.stringify(event)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest));
    } catch (error) {
      // The pipe is full, and does not block.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
