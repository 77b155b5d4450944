import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeTree } from "../src/files/remove-tree.ts";
import { exists } from "../src/layers/layer-folder.ts";
import { removeSmallTree } from "../src/layers/small-tree.ts";

let folder: string;
let tree: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-remove-"));
  tree = path.join(folder, "tree");
  await mkdir(path.join(tree, "a", "b"), { recursive: true });
  await writeFile(path.join(tree, "a", "b", "file"), "");
  await writeFile(path.join(folder, "beside"), "whole");
  await symlink(folder, path.join(tree, "a", "link"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Folders in each other, which no path reaches. */
function nest(levels: number, name: string): void {
  const before = process.cwd();
  process.chdir(path.join(tree, "a"));
  try {
    for (let level = 0; level < levels; level += 1) {
      mkdirSync(name);
      process.chdir(name);
    }
  } finally {
    process.chdir(before);
  }
}

describe("removing what a container's programs have left", () => {
  afterEach(async () => {
    expect(exists(tree)).toBe(false);
    expect(await readFile(path.join(folder, "beside"), "utf8")).toBe("whole");
  });

  it("removes folders and links, and nothing that links lead to", () => removeTree(tree));

  it("removes nothing where there is nothing", async () => {
    await rm(tree, { recursive: true });
    removeTree(tree);
  });

  it("removes folders that their owner may not enter", async () => {
    for (const name of ["a/b", "a"]) await chmod(path.join(tree, name), 0o000);
    removeTree(tree);
  });

  it("removes names that are no text, in folders that their owner may not enter", async () => {
    const folder = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from("ff2f", "hex")]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from("fe", "hex")]), "");
    chmodSync(folder, 0o000);
    removeTree(tree);
  });

  it.each([40, 600])("removes %s folders in each other, whose path is longer than the kernel takes", (levels) => {
    nest(levels, "x".repeat(200));
    expect(removeSmallTree(tree)).toBe(false);
    removeTree(tree);
  });
});
