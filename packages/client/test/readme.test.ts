import { readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { run } from "../examples/run-a-container.ts";
import { serve } from "./gateway.ts";

test("the first example of the README is examples/run-a-container.ts, and works", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, block] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(block).toBe(await readFile(new URL("../examples/run-a-container.ts", import.meta.url), "utf8"));
  await using served = await serve();
  const shown: string[] = [];
  const write = (chunk: unknown) => shown.push(String(chunk)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(write));
  try {
    expect(await run(served.host, "oriel/nano", ["both"])).toBe(7);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  // Node.js may warn of listeners that other files have left on the worker's streams.
  const written = shown.filter((text) => !text.startsWith("(node:"));
  expect(written.sort()).toEqual(["to stderr\r\n", "to stdout\r\n"]);
  expect(await served.engine.containers.list({ all: true })).toEqual([]);
});
