import { link, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { measureFolder } from "../src/disk-usage.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-usage-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const at = (...names: string[]): string => path.join(root, ...names);

async function write(content: string, ...names: string[]): Promise<void> {
  await mkdir(path.dirname(at(...names)), { recursive: true });
  await writeFile(at(...names), content);
}

// A folder of many files is looked at in other ways than one of few.
describe.each([
  ["few files", 0],
  ["many files", 300],
])("a folder of %s is measured", (_size, many) => {
  beforeEach(async () => {
    for (let file = 0; file < many; file += 1) await write("ten bytes.", "layer", `folder ${file % 3}`, `file ${file}`);
    await mkdir(at("layer"), { recursive: true });
  });
  const others = { size: 10 * many, inodes: many + Math.min(many, 3) };
  const plus = (size: number, inodes: number) => ({ size: others.size + size, inodes: others.inodes + inodes });

  test("with what is in it, files of several names once, links without what they lead to", async () => {
    await write("abc", "layer", "sub", "a");
    await link(at("layer", "sub", "a"), at("layer", "again"));
    await symlink(at("layer", "sub", "a"), at("layer", "link"));
    for (const fresh of [false, true]) expect(await measureFolder(at("layer"), { fresh })).toEqual(plus(3, 3));
  });

  test("without what shows through from the layer below", async () => {
    await write("same", "below", "dir", "seen");
    await write("was", "below", "dir", "changed");
    await write("x", "below", "file");
    await write("is now", "layer", "dir", "changed");
    await write("new", "layer", "new", "a");
    await mkdir(at("layer", "file"));
    await link(at("below", "dir", "seen"), at("layer", "dir", "seen"));
    await mkdir(at("below", "only folders", "in"), { recursive: true });
    await mkdir(at("layer", "only folders", "in"), { recursive: true });
    for (const fresh of [false, true]) {
      // The folder of what was changed, what was changed, the new folder and its file, and a folder in the place of a file.
      expect(await measureFolder(at("layer"), { parent: at("below"), fresh })).toEqual(plus("is now".length + "new".length, 5));
    }
  });

  test("as nothing where it is not there, and as if it stood on nothing where what is below is not there", async () => {
    expect(await measureFolder(at("none"))).toEqual({ size: 0, inodes: 0 });
    await write("a", "layer", "a");
    await utimes(at("layer", "a"), 1, 1);
    expect(await measureFolder(at("layer"), { parent: at("none") })).toEqual(plus(1, 1));
  });
});
