import { describe, expect, test } from "vitest";
import { KeyedQueue } from "../src/index.ts";

function gate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}

describe("a keyed queue", () => {
  test("runs work of one key in order, and of others side by side", async () => {
    const queue = new KeyedQueue();
    const { opened, open } = gate();
    const seen: string[] = [];
    const first = queue.run("a", async () => {
      await opened;
      seen.push("first");
    });
    const second = queue.run("a", async () => seen.push("second"));
    await queue.run("b", async () => seen.push("other"));
    open();
    await Promise.all([first, second]);
    expect(seen).toEqual(["other", "first", "second"]);
  });

  test("goes on after work that failed, whose failure is its caller's alone", async () => {
    const queue = new KeyedQueue();
    const failing = queue.run("a", async () => {
      throw new Error("no");
    });
    const next = queue.run("a", async () => "yes");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });

  test("gives up a place that is not wanted any more, and not work that has begun", async () => {
    const queue = new KeyedQueue();
    const { opened, open } = gate();
    const cancel = new AbortController();
    let ran = false;
    const begun = queue.run("a", () => opened.then(() => "done"), cancel.signal);
    const waiting = queue.run(
      "a",
      async () => {
        ran = true;
      },
      cancel.signal,
    );
    await new Promise((resolve) => setImmediate(resolve));
    cancel.abort(new Error("not any more"));
    await expect(waiting).rejects.toThrow("not any more");
    await expect(queue.run("b", async () => "x", cancel.signal)).rejects.toThrow("not any more");
    open();
    expect(await begun).toBe("done");
    await queue.idle();
    expect(ran).toBe(false);
  });

  test("is idle when nothing is under way, what came meanwhile included", async () => {
    const queue = new KeyedQueue();
    const seen: string[] = [];
    void queue.run("a", async () => {
      seen.push("first");
      void queue.run("b", async () => seen.push("second"));
    });
    await queue.idle();
    expect(seen).toEqual(["first", "second"]);
  });
});
