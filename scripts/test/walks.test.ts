import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../lib/paths.mjs";

const text = await readFile(path.join(root, "docs/architecture.md"), "utf8");
const [, part = ""] = /\n## Four ways through the code\n([\s\S]*?)\n## /.exec(text) ?? [];
const walks = part
  .split("\n### ")
  .slice(1)
  .map((walk) => [walk.split("\n", 1)[0] ?? "", [...walk.matchAll(/`([\w./-]+\.[ct]s?)`/g)].map(([, file = ""]) => file)] as const);

describe("the ways through the code that docs/architecture.md describes", () => {
  it("are four", () => expect(walks).toHaveLength(4));

  it.each(walks)("%s: names files that are there, each once", (_, files) => {
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(path.join(root, "packages", file)))).toEqual([]);
    expect(files).toEqual([...new Set(files)]);
  });
});
