import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Places, releasePlaces } from "../src/guest/places.ts";

describe("what is made in a container's root for its run only", () => {
  let folder: string;
  let root: string;
  let host: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-places-"));
    root = path.join(folder, "root");
    host = path.join(folder, "host");
    await mkdir(path.join(root, "Data"), { recursive: true });
    await mkdir(host);
    await writeFile(path.join(host, "precious.txt"), "x");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function make(): Promise<Places> {
    const places = new Places(folder, "test");
    expect(await places.folder(root, ["data", "new", "deep"])).toBe(path.join(root, "Data", "new", "deep"));
    await places.link(root, ["links", "one"], host);
    await places.file(root, ["data", "empty.exe"]);
    return places;
  }

  it("is taken away, and what was there before stays", async () => {
    const places = await make();
    expect(await readdir(path.join(root, "links", "one"))).toEqual(["precious.txt"]);
    await places.release();
    expect(await readdir(root, { recursive: true })).toEqual(["Data"]);
    expect(await readdir(host)).toEqual(["precious.txt"]);
  });

  it("is taken away by the next service, after a crash", async () => {
    await make();
    await releasePlaces(folder);
    expect(await readdir(root, { recursive: true })).toEqual(["Data"]);
    expect(await readdir(host)).toEqual(["precious.txt"]);
    await releasePlaces(folder);
  });

  it("stays where somebody has put something into it", async () => {
    const places = await make();
    await writeFile(path.join(root, "Data", "new", "deep", "file"), "x");
    await writeFile(path.join(root, "Data", "empty.exe"), "now a program");
    await places.release();
    expect((await readdir(path.join(root, "Data"), { recursive: true })).sort()).toEqual(["empty.exe", "new", "new/deep", "new/deep/file"]);
  });

  it("puts an empty folder back that gave way to a link, and hides nothing that has content", async () => {
    const places = new Places(folder, "test");
    await places.link(root, ["DATA"], host);
    expect(await readdir(path.join(root, "Data"))).toEqual(["precious.txt"]);
    await places.release();
    expect(await readdir(root)).toEqual(["Data"]);
    expect(await readdir(path.join(root, "Data"))).toEqual([]);

    await writeFile(path.join(root, "Data", "of-the-image"), "x");
    await expect(places.link(root, ["data"], host)).rejects.toThrow("'data' has content in the image");
  });

  it("does not follow links of an image out of its root", async () => {
    await symlink(host, path.join(root, "Way"));
    const places = new Places(folder, "test");
    await expect(places.folder(root, ["way", "out"])).rejects.toThrow("'way' of the container is no folder");
    await expect(places.file(root, ["way", "empty"])).rejects.toThrow("'way' of the container is no folder");
    expect(await readdir(host)).toEqual(["precious.txt"]);
  });

  it("stays where the container has put a link in the way of it: what the link leads to is untouched", async () => {
    const places = await make();
    await places.folder(root, ["a", "empty"]);
    await mkdir(path.join(host, "empty"));
    await rename(path.join(root, "a"), path.join(root, "moved"));
    await symlink(host, path.join(root, "a"));
    await places.release();
    expect((await readdir(host)).sort()).toEqual(["empty", "precious.txt"]);
    // The link itself stood where something had been made.
    expect((await readdir(root)).sort()).toEqual(["Data", "moved"]);
  });
});
