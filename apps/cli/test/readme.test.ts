import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("the first example of the README is examples/daemon.ts, and works", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, block] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(block).toBe(await readFile(new URL("../examples/daemon.ts", import.meta.url), "utf8"));
  const { told } = await import("../examples/daemon.ts");
  expect(told).toBe("0 containers on windows");
});
