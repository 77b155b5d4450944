import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { ConflictError, ReaderLeases } from "../src/index.ts";

const reason = new ConflictError("it is being removed", { op: "test.write", resource: "a" });

/** A read that ends only by its signal. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

test("a writer aborts a read, which is run again once the writer has ended", async () => {
  const leases = new ReaderLeases(10_000);
  const seen: string[] = [];
  const read = leases.read("a", async (signal) => {
    seen.push("read");
    if (seen.length === 1) await untilAborted(signal);
    return "value";
  });
  await Promise.resolve();
  await leases.write("a", reason, async () => {
    // A read that did not wait for the writer would be run again in this turn.
    await nextTurn();
    seen.push("written");
  });
  expect(await read).toBe("value");
  expect(seen).toEqual(["read", "written", "read"]);
});

test("a read that begins during a write waits for it, and one of another key does not", async () => {
  const leases = new ReaderLeases(10_000);
  const seen: string[] = [];
  let finish = () => {};
  const writing = leases.write("a", reason, () => new Promise<void>((resolve) => (finish = resolve)));
  const reading = leases.read("a", async () => seen.push("a"));
  await leases.read("b", async () => seen.push("b"));
  finish();
  await Promise.all([writing, reading]);
  expect(seen).toEqual(["b", "a"]);
});

test("a read that waits for a writer is given up by its own signal", async () => {
  const leases = new ReaderLeases(10_000);
  let finish = () => {};
  const writing = leases.write("a", reason, () => new Promise<void>((resolve) => (finish = resolve)));
  await expect(leases.read("a", async () => "value", AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  finish();
  await writing;
});

test("a read that fails by itself is not run again", async () => {
  const leases = new ReaderLeases(10_000);
  await expect(leases.read("a", () => Promise.reject(new Error("unreadable")))).rejects.toThrow("unreadable");
});

test("a stream that a writer overtakes before it is opened is not opened, and its reader gets the reason", async () => {
  const leases = new ReaderLeases(1000);
  let isOpened = false;
  const stream = leases.stream("a", async function* () {
    isOpened = true;
    yield 1;
  });
  const reading = stream.next();
  const writing = leases.write("a", reason, async () => "written");
  await expect(reading).rejects.toBe(reason);
  expect(await writing).toBe("written");
  expect(isOpened).toBe(false);
});

test("a writer ends a stream whose reader asks for no more, and the reader gets the reason", async () => {
  const leases = new ReaderLeases(10_000);
  let isClosed = false;
  const stream = leases.stream("a", async function* () {
    try {
      yield 1;
      yield 2;
    } finally {
      isClosed = true;
    }
  });
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  expect(await leases.write("a", reason, async () => isClosed)).toBe(true);
  await expect(stream.next()).rejects.toBe(reason);
});

test("a read that does not heed its signal fails the writer after the deadline, and nobody is kept waiting", async () => {
  const leases = new ReaderLeases(1);
  let finish = () => {};
  const reading = leases.read("a", () => new Promise<void>((resolve) => (finish = resolve)));
  await Promise.resolve();
  await expect(leases.write("a", reason, async () => {})).rejects.toMatchObject({ code: "DeadlineExceeded", resource: "a" });
  expect(await leases.read("a", async () => "other")).toBe("other");
  finish();
  await reading;
});
