import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readParents, writeParents } from "../src/layers/lineage.ts";

let layer: string;
beforeEach(async () => {
  layer = await mkdtemp(path.join(os.tmpdir(), "oriel-lineage-"));
});
afterEach(() => rm(layer, { recursive: true, force: true }));

const few = ["/layers/second", "/layers/first"];
/** As many as a layer can have, and too long for an extended attribute. */
const many = Array.from({ length: 127 }, (_, index) => `/layers/one of a longer name, number ${index}`);

test("a base layer stands on nothing", () => {
  expect(readParents(layer)).toEqual([]);
});

test("what a layer stands on is what was said last, whether that was much or little", () => {
  for (const parents of [few, many, few, [...many].reverse(), [], many]) {
    writeParents(layer, parents);
    expect(readParents(layer)).toEqual(parents);
  }
});

test("a layer that was made by an earlier version says so in a file, and is read", async () => {
  await mkdir(path.join(layer, ".oriel"));
  await writeFile(path.join(layer, ".oriel", "lineage.json"), JSON.stringify({ parents: few }));
  expect(readParents(layer)).toEqual(few);
});
