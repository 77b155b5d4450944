import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** All of a stream as text; a stream that is not there is empty. */
export async function read(stream: Readable | null): Promise<string> {
  return stream ? text(stream) : "";
}
