import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** All of a stream as text; a stream that is not there is empty. */
export async function read(stream: Readable | null): Promise<string> {
  return stream ? text(stream) : "";
}

/** A promise that is settled from outside. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}
