import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { askTheService } from "../examples/ask-the-service.ts";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

it("shows the example that is run here", async () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1];
  expect(shown).toBe(await read("../examples/ask-the-service.ts"));
});

it("runs the example", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-readme-"));
  expect(await askTheService(root)).toEqual(["[]", "c037010e"]);
  await rm(root, { recursive: true });
});
