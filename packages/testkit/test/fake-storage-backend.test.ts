import { beforeEach, describe, expect, it } from "vitest";
import { type FakeStorageBackend, fakeStorageBackend } from "../src/fake-storage-backend.ts";
import { inPieces, sha256Digest } from "../src/image-archive.ts";
import { windowsLayerTar } from "../src/tar-file.ts";

const tar = windowsLayerTar({ "a/b.txt": "four" });
const base = sha256Digest("base");
const upper = sha256Digest("upper");

describe("the fake storage backend", () => {
  let storage: FakeStorageBackend;
  beforeEach(async () => {
    storage = fakeStorageBackend();
    await storage.applyLayer({ chainId: base, tar: inPieces(tar) });
  });

  it("keeps what a layer was made of, and wants its parent", async () => {
    expect(await storage.getLayer(base)).toMatchObject({ chainId: base, parentChainId: undefined, size: 4 });
    expect(storage.tarDigests.get(base)).toBe(sha256Digest(tar));
    await expect(storage.applyLayer({ chainId: upper, parentChainId: "none", tar: inPieces(tar) })).rejects.toMatchObject({
      code: "NotFound",
    });
    expect(await storage.getLayer(upper)).toBeUndefined();
  });

  it("makes no layer of a torn tar or one that was cut short", async () => {
    await expect(storage.applyLayer({ chainId: upper, tar: inPieces(tar.subarray(0, 700)) })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(storage.applyLayer({ chainId: upper, tar: inPieces(tar), signal })).rejects.toThrow("enough");
    expect(await storage.listLayers()).toHaveLength(1);
  });

  it("shares one unpacking between calls at once", async () => {
    const records = await Promise.all([1, 2].map(() => storage.applyLayer({ chainId: upper, parentChainId: base, tar: inPieces(tar) })));
    expect(records[0]).toBe(records[1]);
  });

  it("does not remove what something stands on", async () => {
    await storage.createScratch({ id: "s", parentChainId: base, storageOptions: { size: "20GB" } });
    await expect(storage.removeLayer(base)).rejects.toMatchObject({ code: "Conflict" });
    await storage.mountScratch("s");
    await expect(storage.removeScratch("s")).rejects.toMatchObject({ code: "Conflict" });
    await storage.unmountScratch("s");
    await expect(storage.unmountScratch("s")).rejects.toMatchObject({ code: "Conflict" });
    await storage.removeScratch("s");
    await storage.removeLayer(base);
    await expect(storage.removeLayer(base)).rejects.toMatchObject({ code: "NotFound" });
  });

  it("gives a scratch's folders from its parent down to the base, itself last", async () => {
    const { folder } = await storage.applyLayer({ chainId: upper, parentChainId: base, tar: inPieces(tar) });
    const scratch = await storage.createScratch({ id: "s", parentChainId: upper });
    expect(await storage.layerFolders("s")).toEqual([folder, (await storage.getLayer(base))?.folder, scratch.folder]);
    expect((await storage.mountScratch("s")).volumePath).toMatch(/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/);
  });

  it("refuses storage options that are not known", async () => {
    for (const storageOptions of [{ sise: "1" }, { size: "-1" }, { size: "x" }]) {
      await expect(storage.createScratch({ id: "s", parentChainId: base, storageOptions })).rejects.toMatchObject({
        code: "InvalidArgument",
      });
    }
  });

  it("forgets on reconcile the scratches that nobody owns, and mounts that nobody needs", async () => {
    for (const id of ["kept", "running", "lost"]) {
      await storage.createScratch({ id, parentChainId: base });
      await storage.mountScratch(id);
    }
    await storage.mountScratch("running");
    const owned = { scratchIds: new Set(["kept", "running"]), mountedIds: new Set(["running"]) };
    expect((await storage.reconcile(owned)).removed).toEqual(["scratch lost"]);
    expect([...storage.mounts]).toEqual([
      ["kept", 0],
      ["running", 1],
    ]);
  });

  it("returns what a scratch changed, and makes a layer of it", async () => {
    await storage.createScratch({ id: "s", parentChainId: base });
    storage.change("s", "new.txt", "new");
    storage.change("s", "a/b.txt", undefined);
    storage.change("s", "gone-again.txt", "x");
    storage.change("s", "gone-again.txt", undefined);
    expect(storage.filesOf({ scratchId: "s" })).toEqual({ "new.txt": "new" });
    expect(await storage.changes("s")).toEqual([
      { path: "\\a\\b.txt", kind: "deleted" },
      { path: "\\new.txt", kind: "added" },
    ]);
    expect(await storage.scratchSize("s")).toBe(3);
    expect(await storage.applyLayer({ chainId: upper, parentChainId: base, tar: storage.diff("s") })).toMatchObject({ size: 3 });
    expect(storage.filesOf({ chainId: upper })).toEqual({ "new.txt": "new" });
    await storage.createScratch({ id: "on-top", parentChainId: upper });
    storage.change("on-top", "new.txt", "newer");
    expect(await storage.changes("on-top")).toEqual([{ path: "\\new.txt", kind: "modified" }]);
  });

  it("does not read what is mounted, and ends what reads it when it is mounted", async () => {
    await storage.createScratch({ id: "s", parentChainId: base });
    const reading = storage.diff("s")[Symbol.asyncIterator]();
    await reading.next();
    await storage.mountScratch("s");
    await expect(reading.next()).rejects.toMatchObject({ code: "Conflict" });
    await expect(storage.diff("s")[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "Conflict" });
    await expect(storage.changes("s")).rejects.toMatchObject({ code: "Conflict" });
    expect(await storage.scratchSize("s")).toBe(0);
  });

  it("does what a test asks before its next call", async () => {
    storage.before("getLayer", () => {
      throw new Error("once");
    });
    await expect(storage.getLayer(base)).rejects.toThrow("once");
    expect(await storage.getLayer(base)).toBeDefined();
    expect(storage.calls.slice(-2)).toEqual([`getLayer ${base}`, `getLayer ${base}`]);
  });
});
