import { describe, expect, test } from "vitest";
import { anySignal, InternalError, onAbort, unlessAborted, untilAborted } from "../src/index.ts";

const why = new Error("why");
const never = new Promise<never>(() => {});

describe("onAbort", () => {
  test("calls a listener once, at once where the signal has aborted, and not after it was taken away", () => {
    const control = new AbortController();
    const seen: string[] = [];
    onAbort(control.signal, () => seen.push("kept"));
    const forget = onAbort(control.signal, () => seen.push("forgotten"));
    forget();
    control.abort();
    onAbort(control.signal, () => seen.push("late"));
    onAbort(undefined, () => seen.push("no signal"));
    expect(seen).toEqual(["kept", "late"]);
  });
});

describe("unlessAborted", () => {
  test("settles as the work does, and leaves no listener behind", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessAborted(Promise.reject(why), signal)).rejects.toBe(why);
    await expect(unlessAborted(Promise.reject(why), undefined)).rejects.toBe(why);
  });

  test("rejects with the signal's reason, or an error made of it, also where it aborted before", async () => {
    const control = new AbortController();
    const waiting = unlessAborted(never, control.signal);
    control.abort(why);
    await expect(waiting).rejects.toBe(why);
    const toError = (cause: unknown) => new InternalError("given up", { op: "test", cause });
    await expect(unlessAborted(never, control.signal, toError)).rejects.toMatchObject({ code: "Internal", cause: why });
    // Its failure is nobody's any more, and must not end the process.
    await expect(unlessAborted(Promise.reject(new Error("own")), control.signal)).rejects.toBe(why);
  });
});

describe("untilAborted", () => {
  /** Gives one piece, then waits for `more`; says what became of it. */
  function source(more: Promise<void>) {
    const state = { isClosed: false };
    async function* pieces() {
      try {
        yield 1;
        await more;
        yield 2;
      } finally {
        state.isClosed = true;
      }
    }
    return { pieces: pieces(), state };
  }

  async function all(stream: AsyncIterable<number>): Promise<number[]> {
    const pieces: number[] = [];
    for await (const piece of stream) pieces.push(piece);
    return pieces;
  }

  test("passes all on, and rejects as the source does", async () => {
    const { signal } = new AbortController();
    expect(await all(untilAborted(source(Promise.resolve()).pieces, signal))).toEqual([1, 2]);
    await expect(all(untilAborted(source(Promise.reject(why)).pieces, signal))).rejects.toBe(why);
  });

  test("waits until a source that is left has closed", async () => {
    const { pieces, state } = source(Promise.resolve());
    for await (const _ of untilAborted(pieces, undefined)) break;
    expect(state.isClosed).toBe(true);
  });

  test("rejects at once while the source is silent, and does not wait for it", async () => {
    const control = new AbortController();
    const stream = untilAborted(source(never).pieces, control.signal);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    const next = stream.next();
    control.abort(why);
    await expect(next).rejects.toBe(why);
  });

  test("asks nothing of a source whose signal aborted before", async () => {
    const { pieces } = source(never);
    await expect(untilAborted(pieces, AbortSignal.abort(why)).next()).rejects.toBe(why);
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });
});

test("anySignal aborts with either of two signals, and is the first where there is no second", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  expect(anySignal(first.signal, undefined)).toBe(first.signal);
  const either = anySignal(first.signal, second.signal);
  second.abort(why);
  expect(either.reason).toBe(why);
});
