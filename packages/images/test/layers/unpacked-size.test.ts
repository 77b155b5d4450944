import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type FakeStorageBackend, fakeStorageBackend, imageArchive, inPieces, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalImageStore } from "../../src/local-image-store.ts";

const mebibyte = 1024 * 1024;

describe("an archive that unpacks to more than the limit", () => {
  let root: string;
  let store: LocalImageStore;
  let storage: FakeStorageBackend;
  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), "oriel-images-"));
    storage = fakeStorageBackend();
    store = new LocalImageStore({ root, storage, maxUnpackedBytes: 4 * mebibyte });
    await store.open();
  });
  afterEach(async () => {
    await store.close();
    await rm(root, { recursive: true });
  });

  const zeros = (megabytes: number, name = "zeros") => windowsLayerTar({ [name]: new Uint8Array(megabytes * mebibyte) });
  const load = (options: Parameters<typeof imageArchive>[0]) => store.load({ archive: inPieces(imageArchive(options).data) });
  const expectRefused = async (loading: Promise<unknown>, message: RegExp) => {
    await expect(loading).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringMatching(message),
      remedy: expect.stringContaining("maxUnpackedMiB"),
    });
    expect([await store.list(), await storage.listLayers()]).toEqual([[], []]);
    expect(await readdir(path.join(root, "content/ingest"))).toEqual([]);
    expect(await readdir(path.join(root, "content/blobs/sha256"))).toEqual([]);
  };

  it("is refused by the limit where the archive itself is compressed", async () => {
    const loading = load({ images: [{ layers: [zeros(5)] }], archiveCompression: "gzip" });
    await expectRefused(loading, /^the archive comes to more than 4 MiB unpacked; at most 4 MiB are allowed$/);
  });

  it("is refused by the limit and the entry where a layer is compressed", async () => {
    const loading = load({ images: [{ layers: [zeros(5)] }], layerCompression: "gzip" });
    await expectRefused(loading, /^layer "[0-9a-f]{64}\/layer\.tar" takes the layers of the archive to more than 4 MiB unpacked/);
  });

  it("is refused by the limit and the entry where its layers are too large together", async () => {
    const loading = load({ images: [{ layers: [zeros(3, "a"), zeros(3, "b")] }], layerCompression: "gzip" });
    await expectRefused(loading, /^layer "[0-9a-f]{64}\/layer\.tar" takes the layers of the archive to more than 4 MiB unpacked/);
  });

  it("is none where it has just the limit, and layers that are there already are not counted", async () => {
    await load({ images: [{ layers: [zeros(3)], tags: ["a:1"] }], layerCompression: "gzip" });
    await load({ images: [{ layers: [zeros(3), windowsLayerTar({ small: "x" })], tags: ["b:1"] }] });
    expect(await store.list()).toHaveLength(2);
  });
});
