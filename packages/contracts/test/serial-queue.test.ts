import { describe, expect, test } from "vitest";
import { SerialQueue } from "../src/index.ts";

describe("a serial queue", () => {
  test("runs work one after another, in the order in which it was given", async () => {
    const queue = new SerialQueue();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const first = queue.run(async () => {
      await opened;
      seen.push("first");
    });
    const second = queue.run(async () => seen.push("second"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    open();
    await Promise.all([first, second]);
    expect(seen).toEqual(["first", "second"]);
  });

  test("runs the next work after one that failed, and rejects for the caller of that one alone", async () => {
    const queue = new SerialQueue();
    const failing = queue.run(async () => {
      throw new Error("no");
    });
    const next = queue.run(async () => "yes");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });
});
