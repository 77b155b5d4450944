import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isSmallTree } from "../src/layers/small-tree.ts";

let root: string;
const at = (...names: string[]): string => path.join(root, ...names);
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-small-tree-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("what is not there, a few files and links are small", async () => {
  expect(isSmallTree(at("none"))).toBe(true);
  await mkdir(at("a", "b"), { recursive: true });
  for (let file = 0; file < 40; file += 1) await writeFile(at("a", "b", `${file}`), "x".repeat(1000));
  await symlink("/", at("a", "link"));
  expect(isSmallTree(root)).toBe(true);
});

test("many entries are not, in one folder or in several, and neither is a large file", async () => {
  for (let folder = 0; folder < 30; folder += 1) await mkdir(at("folders", `${folder}`, "in"), { recursive: true });
  expect(isSmallTree(at("folders"))).toBe(false);
  await mkdir(at("files"));
  for (let file = 0; file < 500; file += 1) await writeFile(at("files", `a name of some length, ${file}`), "");
  expect(isSmallTree(at("files"))).toBe(false);
  await writeFile(at("large"), "");
  expect(isSmallTree(at("large"))).toBe(true);
  await truncate(at("large"), 300_000);
  expect(isSmallTree(at("large"))).toBe(false);
});
