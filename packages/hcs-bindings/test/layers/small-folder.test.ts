import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listSmallFolder } from "../../src/index.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-small-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("a small folder is listed with all below it, each directory after what is in it", async () => {
  await mkdir(path.join(root, "dir", "empty"), { recursive: true });
  await writeFile(path.join(root, "dir", "a"), "a");
  await symlink("/nowhere", path.join(root, "link"));
  const found = listSmallFolder(root, 4) ?? [];
  const names = found.map((entry) => `${entry.kind} ${path.relative(root, entry.path)}`);
  expect(names.toSorted()).toEqual(["directory ", "directory dir", "directory dir/empty", "file dir/a", "other link"]);
  expect(names.at(-1)).toBe("directory ");
  expect(names.indexOf("directory dir")).toBeGreaterThan(names.indexOf("file dir/a"));
});

test("one with more entries is not, however they are spread", async () => {
  for (let depth = 1; depth <= 5; depth += 1) await mkdir(path.join(root, ...Array.from({ length: depth }, () => "d")));
  expect(listSmallFolder(root, 5)).toHaveLength(6);
  expect(listSmallFolder(root, 4)).toBeUndefined();
  // So many that the folder itself is large.
  for (let file = 0; file < 2000; file += 1) await writeFile(path.join(root, `a long name of a file ${file}`), "");
  expect(listSmallFolder(root, 200)).toBeUndefined();
  expect(listSmallFolder(root, 5000)).toHaveLength(2006);
});

test("one that is not there is an error", () => {
  expect(() => listSmallFolder(path.join(root, "none"), 10)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});
