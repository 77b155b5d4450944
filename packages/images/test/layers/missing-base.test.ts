import { type ImageArchiveOptions, imageArchive, inPieces, sha256Digest, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

describe("an archive without a layer that the store has already", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  const base = windowsLayerTar({ "base.txt": "base" });
  const top = windowsLayerTar({ "top.txt": "top" });
  const without = (format: NonNullable<ImageArchiveOptions["format"]>, compression: "none" | "gzip" = "none") => {
    const options = { images: [{ layers: [base, top], tags: ["app:1"] }], format, layerCompression: compression } as const;
    const left = new Set([`${sha256Digest(base).slice(7)}/layer.tar`]);
    const whole = imageArchive({ ...options, images: [{ layers: [base], tags: ["app:1"] }] });
    for (const { name } of whole.entries) if (!/manifest|index|oci-layout/.test(name) && !isDocument(whole.entries, name)) left.add(name);
    return imageArchive({ ...options, edit: (entries) => entries.filter(({ name }) => !left.has(name)) });
  };
  const load = (data: Uint8Array) => local.store.load({ archive: inPieces(data) });

  it.each([
    ["docker", "none"],
    ["hybrid", "none"],
    ["oci", "none"],
    ["oci", "gzip"],
  ] as const)("loads (%s, %s)", async (format, compression) => {
    await load(imageArchive({ images: [{ layers: [base], tags: ["base:1"] }] }).data);
    const built = without(format, compression);
    expect(built.entries).not.toContainEqual(expect.objectContaining({ content: base }));
    const [record] = await load(built.data);
    expect(record).toMatchObject({ id: built.images[0]?.id, tags: ["app:1"] });
    expect(local.storage.filesOf({ chainId: record?.chainId ?? "" })).toEqual({ "base.txt": "base", "top.txt": "top" });
    // The layer is shared: the image that it came with can go.
    await local.store.remove("base:1", { force: false, inUse: () => [] });
    await local.storage.removeLayer(record?.chainId ?? "");
    await local.store.ensureLayers(record?.id ?? "");
    expect(local.storage.filesOf({ chainId: record?.chainId ?? "" })).toEqual({ "base.txt": "base", "top.txt": "top" });
  });

  it.each(["docker", "oci"] as const)("is refused by the entry where the store has it not (%s)", async (format) => {
    await load(imageArchive({ images: [{ layers: [top], tags: ["other:1"] }] }).data);
    await expect(load(without(format).data)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("not in the archive"),
    });
    expect((await local.store.list()).map(({ tags }) => tags)).toEqual([["other:1"]]);
  });

  it("is refused where the store's copy is gone", async () => {
    await load(imageArchive({ images: [{ layers: [base], tags: ["base:1"] }] }).data);
    await local.harmCopy(sha256Digest(base), "gone");
    await expect(load(without("docker").data)).rejects.toMatchObject({ message: expect.stringContaining("not in the archive") });
  });

  it("a stored copy that is damaged is not unpacked for it", async () => {
    const [record] = await load(imageArchive({ images: [{ layers: [base], tags: ["base:1"] }] }).data);
    await local.storage.removeLayer(record?.chainId ?? "");
    await local.harmCopy(sha256Digest(base), "changed");
    await expect(load(without("docker").data)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("has the diff id"),
    });
    expect(await local.storage.listLayers()).toEqual([]);
  });

  function isDocument(entries: readonly { readonly name: string; readonly content?: unknown }[], name: string): boolean {
    const content = entries.find((entry) => entry.name === name)?.content;
    return typeof content === "string";
  }
});
