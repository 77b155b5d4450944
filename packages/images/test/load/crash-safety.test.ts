import { cp, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConflictError, InternalError } from "@oriel/contracts";
import { imageArchive, inPieces, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalImageStore } from "../../src/local-image-store.ts";
import { createLocalStore, type LocalStore } from "../local-store.ts";

const unused = { force: false, inUse: () => [] };
const base = windowsLayerTar({ "base.txt": "base" });
const upper = windowsLayerTar({ "upper.txt": "upper" });

describe("what stays after a failure", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  const built = imageArchive({ images: [{ tags: ["a:1"], layers: [base, upper] }] });
  const load = (store = local.store) => store.load({ archive: inPieces(built.data) });

  it("finds its images again after a restart", async () => {
    const [image] = await load();
    await local.store.close();
    const store = await local.reopen();
    expect(await store.list()).toEqual([image]);
  });

  it("removes files that an unfinished load left, and blobs that no image has, at open", async () => {
    await load();
    const wanted = await local.content();
    await local.store.close();
    const content = path.join(local.root, "content");
    await writeFile(path.join(content, "ingest", "0"), "half");
    await writeFile(path.join(content, "blobs/sha256", "0".repeat(64)), "nobody's");
    await local.reopen();
    expect(await local.content()).toEqual(wanted);
  });

  it("knows the layers of a load that a crash cut short, and removes them", async () => {
    const [lower] = built.images[0]?.chainIds ?? [];
    const crashed = `${local.root}-crashed`;
    local.storage.before("applyLayer", () => undefined);
    local.storage.before("applyLayer", async () => {
      // The disk as a process leaves it that dies here, between the first layer and the second.
      await cp(local.root, crashed, { recursive: true });
      throw new InternalError("power lost", { op: "layer.apply" });
    });
    await expect(load()).rejects.toThrow("power lost");
    // This process lived on and took the layer back; the dead one could not.
    await local.storage.applyLayer({ chainId: lower ?? "", tar: inPieces(base) });

    const store = new LocalImageStore({ root: crashed, storage: local.storage });
    expect(await readdir(path.join(crashed, "content/ingest"))).toHaveLength(1);
    await store.open();
    expect(await readdir(path.join(crashed, "content/ingest"))).toEqual([]);
    expect(await store.reconcile()).toEqual({ removed: [lower], kept: [] });
    expect(await store.reconcile()).toEqual({ removed: [], kept: [] });
    await store.close();
    await rm(crashed, { recursive: true });
  });

  it("leaves nothing when storage fails at any layer", async () => {
    for (const failing of [0, 1]) {
      for (let layer = 0; layer < failing; layer++) local.storage.before("applyLayer", () => undefined);
      local.storage.before("applyLayer", () => {
        throw new InternalError("the disk is on fire", { op: "layer.apply" });
      });
      await expect(load()).rejects.toMatchObject({ code: "Internal", message: "the disk is on fire" });
      expect(await local.storage.listLayers()).toEqual([]);
      expect(await local.content()).toEqual([]);
      expect(await local.store.list()).toEqual([]);
    }
    await load();
  });

  it("leaves nothing when a blob cannot be put into place", async () => {
    await rm(path.join(local.root, "content/blobs/sha256"), { recursive: true });
    await expect(load()).rejects.toMatchObject({ code: "Internal" });
    expect(await local.storage.listLayers()).toEqual([]);
    expect(await local.store.list()).toEqual([]);
    await rm(path.join(local.root, "content"), { recursive: true });
    await local.store.close();
    await local.reopen();
  });

  it("keeps a layer that storage cannot remove in mind, and tries again", async () => {
    await load();
    const [image] = built.images;
    const busy = () => {
      throw new ConflictError("in use", { op: "layer.remove" });
    };
    const broken = () => {
      throw new InternalError("access denied", { op: "layer.remove" });
    };
    local.storage.before("removeLayer", busy);
    expect(await local.store.remove("a:1", unused)).toEqual({ untagged: ["a:1"], deleted: [image?.id] });
    await local.store.close();
    const store = await local.reopen();
    local.storage.before("removeLayer", broken);
    local.storage.before("removeLayer", busy);
    expect(await store.reconcile()).toEqual({ removed: [], kept: [image?.chainIds[1], image?.chainIds[0]] });
    expect(await store.reconcile()).toEqual({ removed: [image?.chainIds[1], image?.chainIds[0]], kept: [] });
  });

  it("keeps layers that were in storage before a load that failed", async () => {
    await local.storage.applyLayer({ chainId: built.images[0]?.chainIds[0] ?? "", tar: inPieces(base) });
    local.storage.before("applyLayer", () => {
      throw new InternalError("no", { op: "layer.apply" });
    });
    await expect(load()).rejects.toThrow("no");
    expect(await local.storage.listLayers()).toHaveLength(1);
  });

  it("removes blobs with the last image that has them", async () => {
    await local.store.load({ archive: inPieces(imageArchive({ images: [{ tags: ["base:1"], layers: [base] }] }).data) });
    await load();
    expect(await local.content()).toHaveLength(4);
    await local.store.remove("a:1", unused);
    expect(await local.content()).toHaveLength(2);
    await local.store.remove("base:1", unused);
    expect(await local.content()).toEqual([]);
  });

  it("refuses a second store on its root, a later database and one that is none", async () => {
    const { root, storage } = local;
    await expect(new LocalImageStore({ root, storage }).open()).rejects.toMatchObject({ code: "Unavailable" });
    await local.store.close();
    const file = path.join(root, "images.db");
    const disk = new DatabaseSync(file);
    disk.exec("PRAGMA user_version = 99");
    disk.close();
    await expect(local.reopen()).rejects.toThrow(/schema version 99, and this Oriel knows up to 1/);
    await rm(`${file}-wal`, { force: true });
    await writeFile(file, "no database, but long enough to be looked at".repeat(100));
    await expect(local.reopen()).rejects.toMatchObject({ code: "FailedPrecondition", resource: file });
  });

  it("cuts running loads short when it closes, and is of no use then", async () => {
    const silent = async function* () {
      yield built.data.subarray(0, 600);
      await new Promise(() => undefined);
    };
    const loading = expect(local.store.load({ archive: silent() })).rejects.toMatchObject({ code: "Unavailable" });
    await local.store.close();
    await loading;
    expect(await local.content()).toEqual([]);
    await expect(local.store.list()).rejects.toMatchObject({ code: "FailedPrecondition" });
    await expect(load()).rejects.toMatchObject({ code: "FailedPrecondition" });
    await local.store.close();
  });
});
