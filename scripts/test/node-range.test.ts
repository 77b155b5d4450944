import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { nodeRange, servesClone, testedNodes } from "../lib/node-range.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFile(path.join(root, file), "utf8");

describe("the declared range of Node.js", () => {
  it("is the same in every package", async () => {
    const folders = await Promise.all(
      ["packages", "apps", "tools"].map(async (top) => (await readdir(path.join(root, top))).map((name) => path.join(top, name))),
    );
    const ranges = await Promise.all(
      [...folders.flat(), "e2e"].map(async (folder) => {
        const { engines } = JSON.parse(await read(path.join(folder, "package.json"))) as { engines?: { node?: string } };
        return [folder, engines?.node];
      }),
    );
    expect(ranges.filter(([, range]) => range !== nodeRange)).toEqual([]);
  });

  it.each(["SCOPE.md", "README.md", "oriel", "packages/hcs-bindings/README.md"])("is what %s says", async (file) => {
    expect(await read(file)).toMatch(/22\.13(?! or newer)/);
  });

  it("has tests on its lowest and its highest version in CI", async () => {
    const workflow = await read(".github/workflows/ci.yml");
    expect(workflow).toContain(`node: ["${testedNodes.lowest}", "${testedNodes.highest}"]`);
    expect(nodeRange.startsWith(`^${testedNodes.lowest} `)).toBe(true);
  });
});

test.each([
  ["20.19.0", false],
  ["22.13.0", false],
  ["22.18.0", true],
  ["23.11.1", false],
  ["24.0.0", true],
  ["26.10.0", true],
])("Node.js %s builds and tests a clone: %s", (version, serves) => {
  expect(servesClone(version)).toBe(serves);
});
