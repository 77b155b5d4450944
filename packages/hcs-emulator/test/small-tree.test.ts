import { access, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isSmallTree, removeSmallTree } from "../src/layers/small-tree.ts";

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

test("a small folder is removed with what is in it, not with what its links lead to; any other stays", async () => {
  await mkdir(at("outside"));
  await writeFile(at("outside", "kept"), "");
  await mkdir(at("small", "folder"), { recursive: true });
  await writeFile(at("small", "folder", "file"), "");
  await symlink(at("outside"), at("small", "link"));
  expect(removeSmallTree(at("small"))).toBe(true);
  await expect(access(at("small"))).rejects.toMatchObject({ code: "ENOENT" });
  await access(at("outside", "kept"));
  expect(removeSmallTree(at("small"))).toBe(true);
  for (let file = 0; file < 100; file += 1) await writeFile(at("outside", `${file}`), "");
  expect(removeSmallTree(at("outside"))).toBe(false);
  await access(at("outside", "99"));
});
