import { describe, expect, it } from "vitest";
import { LifecycleStack } from "../src/index.ts";

describe("a lifecycle stack", () => {
  it("gives back in reverse order, one after another", async () => {
    const log: string[] = [];
    const stack = new LifecycleStack();
    for (const name of ["layer", "system", "process"]) {
      stack.push({
        name,
        async release() {
          log.push(`${name} begins`);
          await Promise.resolve();
          log.push(`${name} ends`);
        },
      });
    }
    expect(stack.size).toBe(3);
    expect(await stack.close()).toEqual([]);
    expect(log).toEqual(["process begins", "process ends", "system begins", "system ends", "layer begins", "layer ends"]);
    expect(stack.size).toBe(0);
  });

  it("goes on after a failure, and reports it by name", async () => {
    const released: string[] = [];
    const stack = new LifecycleStack();
    stack.push({ name: "first", release: () => void released.push("first") });
    stack.push({
      name: "second",
      release() {
        throw new Error("still in use");
      },
    });
    stack.push({ name: "third", release: () => Promise.reject(new Error("gone")) });
    const failures = await stack.close();
    expect(released).toEqual(["first"]);
    expect(failures.map((failure) => [failure.resource, failure.message])).toEqual([
      ["third", "lifecycle.release: gone"],
      ["second", "lifecycle.release: still in use"],
    ]);
  });

  it("closes once, whoever asks", async () => {
    let count = 0;
    const stack = new LifecycleStack();
    stack.push({ name: "once", release: () => void count++ });
    const [one, two] = await Promise.all([stack.close(), stack.close()]);
    expect(one).toBe(two);
    expect(count).toBe(1);
  });

  it("also gives back what is pushed while it closes", async () => {
    const released: string[] = [];
    const stack = new LifecycleStack();
    stack.push({
      name: "outer",
      release() {
        released.push("outer");
        stack.push({ name: "inner", release: () => void released.push("inner") });
      },
    });
    await stack.close();
    expect(released).toEqual(["outer", "inner"]);
  });
});
