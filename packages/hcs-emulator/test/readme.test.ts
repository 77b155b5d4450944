import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { askTheService } from "../examples/ask-the-service.ts";
import { meetFaults } from "../examples/meet-faults.ts";
import { parseFaults } from "../src/index.ts";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

const examples = ["ask-the-service.ts", "meet-faults.ts"];

it("shows the examples that are run here", async () => {
  const shown = (await read("../README.md")).matchAll(/```ts\n([\s\S]*?)```/g);
  expect([...shown].map(([, text]) => text)).toEqual(await Promise.all(examples.map((name) => read(`../examples/${name}`))));
});

it("takes the faults that it shows as a file", async () => {
  const [, text = ""] = /```json\n([\s\S]*?)```/.exec(await read("../README.md")) ?? [];
  expect(parseFaults(text, "README.md")).toHaveLength(3);
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-readme-"));
});
afterEach(() => rm(root, { recursive: true }));

it("runs the first example", async () => {
  expect(await askTheService(root)).toEqual(["[]", "c037010e"]);
});

it("runs the example of faults", async () => {
  expect(await meetFaults(root)).toEqual(["c037010e", "80070005", "hangs", "0"]);
});
