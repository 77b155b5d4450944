import type { Writable } from "node:stream";
import type { OutputFrame } from "@oriel/engine";
import { frameHeader } from "./multiplex.ts";

/**
 * Writes what comes, as fast as the reader takes it. Ends when there is no more or the reader has gone; whoever calls
 * makes `frames` end in the latter case, where they may be waiting for output that never comes.
 */
export async function writeFrames(
  output: Writable,
  frames: AsyncIterable<OutputFrame> | Iterable<OutputFrame>,
  multiplexed: boolean,
): Promise<void> {
  for await (const { stream, data } of frames) {
    if (!output.writable) return;
    if (data.length === 0) continue;
    output.cork();
    if (multiplexed) output.write(frameHeader(stream, data.length));
    const taken = output.write(data);
    output.uncork();
    if (!taken) await drained(output);
  }
}

/** Waits until `output` takes more, or is gone. */
export async function drained(output: Writable): Promise<void> {
  if (!output.writableNeedDrain || output.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      output.off("drain", done);
      output.off("close", done);
      resolve();
    };
    output.on("drain", done);
    output.on("close", done);
  });
}
