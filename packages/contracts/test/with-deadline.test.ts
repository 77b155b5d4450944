import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DeadlineExceededError, InvalidArgumentError, withDeadline } from "../src/index.ts";

const error = () => new DeadlineExceededError("too late", { op: "test" });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("withDeadline", () => {
  it("returns what the promise resolves to, and leaves no timer behind", async () => {
    await expect(withDeadline(Promise.resolve(7), { ms: 1000, error, op: "test" })).resolves.toBe(7);
    await expect(withDeadline(Promise.reject(new Error("own")), { ms: 1000, error, op: "test" })).rejects.toThrow("own");
  });

  it("throws its error when time is over, and hands a late answer to onLate", async () => {
    const late = Promise.withResolvers<string>();
    const onLate = vi.fn();
    const waiting = expect(withDeadline(late.promise, { ms: 1000, error, op: "test", onLate })).rejects.toThrow("too late");
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
    late.resolve("handle");
    await vi.advanceTimersByTimeAsync(0);
    expect(onLate).toHaveBeenCalledExactlyOnceWith("handle");
  });

  it("drops a late failure, and what onLate throws", async () => {
    const late = Promise.withResolvers<string>();
    const waiting = expect(withDeadline(late.promise, { ms: 1, error, op: "test" })).rejects.toThrow("too late");
    const other = Promise.withResolvers<string>();
    const onLate = vi.fn(() => Promise.reject(new Error("nobody hears this")));
    const otherWaiting = expect(withDeadline(other.promise, { ms: 1, error, op: "test", onLate })).rejects.toThrow("too late");
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([waiting, otherWaiting]);
    late.reject(new Error("late"));
    other.resolve("x");
    await vi.advanceTimersByTimeAsync(0);
    expect(onLate).toHaveBeenCalledOnce();
  });

  it("does not call onLate for an answer in time", async () => {
    const onLate = vi.fn();
    await withDeadline(Promise.resolve(1), { ms: 10, error, op: "test", onLate });
    await vi.advanceTimersByTimeAsync(20);
    expect(onLate).not.toHaveBeenCalled();
  });

  it("stops at once for a signal, also one that was aborted before", async () => {
    const controller = new AbortController();
    const never = new Promise<never>(() => undefined);
    const waiting = withDeadline(never, { ms: 1000, error, op: "thing.do", signal: controller.signal });
    controller.abort(new Error("why"));
    await expect(waiting).rejects.toMatchObject({
      code: "Unavailable",
      message: "thing.do was cancelled by the caller",
      cause: { message: "why" },
    });
    await expect(withDeadline(never, { ms: 1000, error, op: "thing.do", signal: controller.signal })).rejects.toMatchObject({
      code: "Unavailable",
    });
  });

  it("passes the signal's own error on when it is one of Oriel's", async () => {
    const reason = new InvalidArgumentError("bad", { op: "x" });
    const waiting = withDeadline(new Promise(() => undefined), { ms: 1, error, op: "x", signal: AbortSignal.abort(reason) });
    await expect(waiting).rejects.toBe(reason);
  });

  it("waits for ever without an end, and for longer than a timer can", async () => {
    const late = Promise.withResolvers<string>();
    const waits = [Number.POSITIVE_INFINITY, 2 ** 31].map((ms) => withDeadline(late.promise, { ms, error, op: "test" }));
    await vi.advanceTimersByTimeAsync(2 ** 31);
    late.resolve("there");
    expect(await Promise.all(waits)).toEqual(["there", "there"]);
  });
});
