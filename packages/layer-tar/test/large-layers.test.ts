import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HardLinkEntry } from "../src/index.ts";
import { removeFolder } from "../src/index.ts";
import { FolderListings } from "../src/layer-lookup.ts";
import { LayerTree } from "../src/layer-tree.ts";
import { TombstoneList } from "../src/tombstone-list.ts";
import { expandWhiteouts } from "../src/tombstones.ts";
import { directory, file } from "./entries.ts";
import { ImportedLayers } from "./imported-layers.ts";

const many = 20_000;

describe("hard links to one file", () => {
  let layers: ImportedLayers;
  beforeEach(async () => {
    layers = await ImportedLayers.open();
  });
  afterEach(() => layers[Symbol.asyncDispose]());

  const links = (count: number, targetOf: (index: number) => string): HardLinkEntry[] =>
    Array.from({ length: count }, (_, index) => ({ kind: "hardlink", name: `Files/link${index}`, target: targetOf(index) }));
  const base = [directory("Files"), file("Files/a", "a")];
  const refusal = (link: string, target: string) => ({
    code: "InvalidArgument",
    message: `the layer tar's entry "${link}" is hard link 1024 to ${target}; NTFS allows 1023 to a file`,
  });

  test("1,023 load, and the 1,024th is refused by name", async () => {
    await layers.import("base", [], [...base, ...links(1023, () => "Files/a")]);
    expect((await lstat(path.join(layers.folder("base"), "Files/a"))).nlink).toBe(1024);
    const loading = layers.import("other", [], [...base, ...links(1024, () => "files/A")]);
    await expect(loading).rejects.toMatchObject(refusal("Files/link1023", "Files/A"));
  });

  test("the 1,024th is refused by name where each is a link to the one before", async () => {
    const loading = layers.import("base", [], [...base, ...links(1024, (index) => (index === 0 ? "Files/a" : `Files/link${index - 1}`))]);
    await expect(loading).rejects.toMatchObject(refusal("Files/link1023", "Files/link1022"));
  });

  test("the 1,024th is refused by name in a layer on another, also where the links come before what they name", async () => {
    await layers.import("base", [], base);
    await expect(layers.import("upper", ["base"], [directory("Files"), ...links(1024, () => "Files/a")])).rejects.toMatchObject(
      refusal("Files/link1023", "Files/a"),
    );
    const backwards = links(1024, (index) => (index === 1023 ? "Files/a" : "Files/link1023"));
    await expect(layers.import("third", ["base"], [directory("Files"), ...backwards])).rejects.toMatchObject(
      refusal("Files/link1023", "Files/a"),
    );
  });

  test("links in a circle are refused as links to nothing", async () => {
    await layers.import("base", [], base);
    const circle = links(3, (index) => `Files/link${(index + 1) % 3}`);
    await expect(layers.import("upper", ["base"], [directory("Files"), ...circle])).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("a folder of many files", () => {
  test("of which a layer takes all away gives its outermost names, each compared with those above it only", async () => {
    const tree = new LayerTree();
    const names = Array.from({ length: many }, (_, index) => `Files/d/file${String(index).padStart(6, "0")}`);
    const within = names.map((name) => ({ kind: "whiteout" as const, name: `${name.toLowerCase()}/below` }));
    const gone = await expandWhiteouts([...within, ...names.map((name) => ({ kind: "whiteout" as const, name }))], tree, []);
    expect(gone).toEqual(names);
  });

  test("in a list of removed files is read once for each name, whatever its case", () => {
    const lines = Array.from({ length: many }, (_, index) => [`\\d\\file${index}`, `\\D\\FILE${index}`]).flat();
    const list = TombstoneList.parse(["Version 1.0", ...lines].join("\r\n"), "tombstones.txt");
    expect(list.take("Files/d")).toHaveLength(many);
  });

  test("is listed once for all the hard links whose targets are looked for in it, and knows those that were made", async () => {
    let listed = 0;
    const listings = new FolderListings(async () => {
      listed += 1;
      return Array.from({ length: many }, (_, index) => `File${index}`);
    });
    const folder = path.join(path.sep, "layer", "Files");
    for (let index = 0; index < many; index += 1) expect(await listings.spell(folder, `FILE${index}`)).toBe(`File${index}`);
    expect(await listings.spell(folder, "link")).toBeUndefined();
    listings.made(path.join(folder, "Link"));
    expect(await listings.spell(folder, "link")).toBe("Link");
    expect(listed).toBe(1);
  });

  test("stays as it is when a link to it is removed", async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), "oriel-removal-"));
    await mkdir(path.join(root, "folder"));
    await writeFile(path.join(root, "folder/kept"), "kept");
    await symlink(path.join(root, "folder"), path.join(root, "link"));
    await removeFolder(path.join(root, "link"));
    await expect(lstat(path.join(root, "link"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFile(path.join(root, "folder/kept"), "utf8")).toBe("kept");
    await rm(root, { recursive: true });
  });

  test("is removed a few files a turn of the event loop, and links in it are not followed", async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), "oriel-removal-"));
    const folder = path.join(root, "folder");
    await mkdir(path.join(folder, "a/b"), { recursive: true });
    await writeFile(path.join(root, "kept"), "kept");
    await symlink(root, path.join(folder, "a/link"));
    for (let index = 0; index < 1000; index += 1) await writeFile(path.join(folder, "a/b", `f${index}`), "");
    let turns = 0;
    let isOver = false;
    const counting = (async () => {
      for (; !isOver; turns += 1) await setImmediate();
    })();
    await removeFolder(folder);
    isOver = true;
    await counting;
    expect(turns).toBeGreaterThanOrEqual(1000 / 64);
    await expect(lstat(folder)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFile(path.join(root, "kept"), "utf8")).toBe("kept");
    await removeFolder(folder);
    await removeFolder(path.join(root, "kept"));
    await expect(lstat(path.join(root, "kept"))).rejects.toMatchObject({ code: "ENOENT" });
    await rm(root, { recursive: true });
  });
});
