import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { UnreadStream } from "../src/index.ts";

/** A stream that knows whether it was given up. */
function iterable() {
  const state = { returned: false };
  const stream: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: true, value: undefined }),
      return: async () => {
        state.returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  return { stream, state };
}

test("a stream that nobody reads is given up", async () => {
  const { stream, state } = iterable();
  await new UnreadStream(stream).discard();
  expect(state.returned).toBe(true);
  const readable = Readable.from([Buffer.from("x")]);
  await new UnreadStream(readable).discard();
  expect(readable.destroyed).toBe(true);
});

test("a stream that somebody reads is theirs", async () => {
  const { stream, state } = iterable();
  const unread = new UnreadStream(stream);
  await unread[Symbol.asyncIterator]().next();
  await unread.discard();
  expect(state.returned).toBe(false);
});

test("a stream that cannot even be given up is no error", async () => {
  const stream: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => {
      throw new Error("broken");
    },
  };
  await new UnreadStream(stream).discard();
});
