import { readFile } from "node:fs/promises";
import { expect, it, vi } from "vitest";

it("runs the README's example", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const { createEmulatedHcs } = await import("../src/index.ts");
  const log = vi.fn<(line: unknown) => void>();
  const body = example.replace(/^import .*$/m, "");
  const AsyncFunction = (async () => undefined).constructor as new (...words: string[]) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction("createEmulatedHcs", "console", body)(createEmulatedHcs, { log });
  expect(log.mock.calls.map(([line]) => line)).toEqual(["[]", "c037010e"]);
});
