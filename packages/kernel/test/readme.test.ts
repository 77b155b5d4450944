import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { banner } from "../examples/plugins.ts";

it("the first example of the README is examples/plugins.ts, and works", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, block] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(block).toBe(await readFile(new URL("../examples/plugins.ts", import.meta.url), "utf8"));
  expect(banner).toBe("hello, containerd runtime");
});
