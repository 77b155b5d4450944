import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { InternalError } from "@oriel/contracts";
import { type ImageArchiveCompression, imageArchive, inPieces, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

const base = windowsLayerTar({ "base.txt": "base" });

describe("layers that storage has lost", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  /** An image of one layer, which storage then loses. */
  const lost = async (layerCompression: ImageArchiveCompression = "none") => {
    const { data, images } = imageArchive({ layerCompression, images: [{ tags: ["a:1"], layers: [base] }] });
    const load = () => local.store.load({ archive: inPieces(data) });
    await load();
    const [{ id, chainIds } = { id: "", chainIds: [] }] = images;
    const [chainId = ""] = chainIds;
    await local.storage.removeLayer(chainId);
    return { id, chainId, load };
  };
  const layers = async () => (await local.storage.listLayers()).map(({ chainId }) => chainId);

  /** Changes a byte of the layer's blob, which is the larger one. */
  const damage = async (offset: number) => {
    const folder = path.join(local.root, "content/blobs/sha256");
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => ({ name, bytes: await readFile(path.join(folder, name)) })),
    );
    const [blob] = files.filter(({ bytes }) => bytes[0] !== "{".charCodeAt(0));
    if (blob === undefined) throw new Error("no blob of a layer");
    blob.bytes.writeUInt8(blob.bytes.readUInt8(offset) ^ 0xff, offset);
    await writeFile(path.join(folder, blob.name), blob.bytes);
  };

  it.each([
    ["no tar any more", "none", 150],
    ["no whole gzip stream any more", "gzip", 40],
    ["not compressed any more", "gzip", 0],
    ["no whole zstd stream any more", "zstd", 40],
  ] as const)("are not made of a copy that is %s; it is removed, and the next load brings it", async (_, compression, offset) => {
    const { id, chainId, load } = await lost(compression);
    await damage(offset);
    await expect(local.store.ensureLayers(id)).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringMatching(/is damaged$/),
    });
    expect(await layers()).toEqual([]);
    expect(await local.content()).toHaveLength(1);
    await load();
    await local.storage.removeLayer(chainId);
    await local.store.ensureLayers(id);
    expect(await layers()).toEqual([chainId]);
  });

  it("are not made by a storage that does not read to where the damage is", async () => {
    const { id, chainId } = await lost();
    await damage(base.length - 1);
    const apply = local.storage.applyLayer.bind(local.storage);
    local.storage.applyLayer = ({ tar, ...rest }) => apply({ ...rest, tar: beginning(tar, base.length - 1) });
    await expect(local.store.ensureLayers(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
    expect(local.storage.calls).toContain(`applyLayer ${chainId}`);
    expect(await layers()).toEqual([]);
  });

  it("have storage's own reason when it cannot make them, and their copies stay", async () => {
    const { id, chainId } = await lost();
    local.storage.before("applyLayer", () => {
      throw new InternalError("the disk is full", { op: "layer.apply" });
    });
    await expect(local.store.ensureLayers(id)).rejects.toMatchObject({ code: "Internal", message: "the disk is full" });
    await local.store.ensureLayers(id);
    expect(await layers()).toEqual([chainId]);
  });

  it("are made again after a restart", async () => {
    const { id, chainId } = await lost();
    await local.store.close();
    await (await local.reopen()).ensureLayers(id);
    expect(await layers()).toEqual([chainId]);
  });

  it("are given up when the store closes", async () => {
    const { id } = await lost();
    let closing: Promise<void> | undefined;
    local.storage.before("applyLayer", () => {
      closing = local.store.close();
    });
    await expect(local.store.ensureLayers(id)).rejects.toMatchObject({ code: "Unavailable", message: "the image store is closing" });
    await closing;
    expect(await layers()).toEqual([]);
    await expect(local.store.ensureLayers(id)).rejects.toMatchObject({ code: "FailedPrecondition" });
  });
});

async function* beginning(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of source) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
