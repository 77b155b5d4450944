import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the README", () => {
  test("shows the example that is in examples/, and the example prints what it says", async () => {
    const block = /```ts\n([\s\S]*?)```/.exec(read("../README.md"))?.[1];
    expect(block).toBe(read("../examples/first-spec.ts"));
    const log = vi.spyOn(console, "log").mockReturnValue();
    await import("../examples/first-spec.ts");
    expect(log.mock.calls).toEqual([[["Path=C:\\tools"]], [{ memory: { limit: 536_870_912 }, cpu: { maximum: 3750 } }], [[]]]);
  });

  test("names only functions that the package exports", async () => {
    const exported = Object.keys(await import("../src/index.ts"));
    const named = [...read("../README.md").matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !exported.includes(name ?? ""))).toEqual([]);
  });
});
