import { type ImageArchiveOptions, imageArchive, inPieces, type TarEntry, tarFile, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

describe("docker archives", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  const loadEntries = (entries: readonly TarEntry[]) => local.store.load({ archive: inPieces(tarFile(entries)) });
  const edited = (edit: NonNullable<ImageArchiveOptions["edit"]>, options: ImageArchiveOptions = {}) =>
    local.store.load({ archive: inPieces(imageArchive({ ...options, edit }).data) });
  const editManifest = (change: (manifest: Record<string, unknown>) => void) =>
    edited((entries) =>
      entries.map((entry) => {
        if (entry.name !== "manifest.json" || !("content" in entry)) return entry;
        const manifests = JSON.parse(String(entry.content)) as Record<string, unknown>[];
        for (const manifest of manifests) change(manifest);
        return { ...entry, content: JSON.stringify(manifests) };
      }),
    );
  const expectNothing = async () => {
    expect(await local.store.list()).toEqual([]);
    expect(await local.storage.listLayers()).toEqual([]);
    expect(await local.content()).toEqual([]);
  };

  it("follows links to a layer inside the archive", async () => {
    const shared = windowsLayerTar({ "a.txt": "a" });
    const built = imageArchive({ images: [{ layers: [shared, windowsLayerTar({ "b.txt": "b" })], tags: ["a:1"] }] });
    const [first, second] = built.images[0]?.diffIds.map((id) => `${id.slice(7)}/layer.tar`) ?? [];
    for (const link of [{ symlink: "../blobs/real.tar" }, { hardLink: "blobs/real.tar" }, { symlink: "./../x/chain" }]) {
      const entries = built.entries.map((entry) => (entry.name === first ? { name: entry.name, ...link } : entry));
      const records = await loadEntries([
        ...entries,
        { name: "x/chain", symlink: "../blobs/real.tar" },
        { name: "blobs/real.tar", content: shared },
      ]);
      expect(records[0]?.id).toBe(built.images[0]?.id);
      await local.store.remove("a:1", { force: true, inUse: () => [] });
    }
    expect(second).toBeDefined();
    await expectNothing();
  });

  it.each([
    ["the archive's outside", "../../outside.tar"],
    ["an absolute path", "/etc/passwd"],
    ["itself", "layer.tar"],
    ["nothing", "gone.tar"],
  ])("refuses a layer that is a link to %s", async (_, symlink) => {
    const loading = edited((entries) =>
      entries.map((entry) => (entry.name.endsWith("/layer.tar") ? { name: entry.name, symlink } : entry)),
    );
    await expect(loading).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringMatching(/^manifest\.json names ".*\/layer\.tar", which is not in the archive$/),
    });
    await expectNothing();
  });

  it("is not harmed by hostile names", async () => {
    const hostile = [
      "../../../../evil",
      "/evil",
      "..",
      ".",
      "C:\\evil",
      "a\\..\\..\\evil",
      "x".repeat(300),
      "evil\u0000.json",
      "__proto__",
    ];
    const { entries } = imageArchive({ images: [{ tags: ["a:1"] }] });
    await loadEntries([...hostile.map((name) => ({ name, content: "evil" })), ...entries, { name: "../manifest.json", content: "[]" }]);
    expect((await local.store.get("a:1")).tags).toEqual(["a:1"]);
    expect(await local.content()).toHaveLength(2);
  });

  it("takes the last of entries with the same name, with ./ before names or not", async () => {
    const { entries } = imageArchive({ images: [{ tags: ["a:1"] }] });
    const dotted = entries.map((entry) => ({ ...entry, name: `./${entry.name}` }));
    await loadEntries([{ name: "manifest.json", content: "junk" }, { name: "repositories", content: "{}" }, ...dotted]);
    expect((await local.store.get("a:1")).tags).toEqual(["a:1"]);
    expect(await local.content()).toHaveLength(2);
  });

  it("names the entry that is wrong", async () => {
    await expect(editManifest((manifest) => delete manifest.Config)).rejects.toThrow(
      "manifest.json[0].Config is missing, and must be a string",
    );
    await expect(editManifest((manifest) => Object.assign(manifest, { RepoTags: ["Foo:1"] }))).rejects.toThrow(
      "repository name (library/Foo) must be lowercase",
    );
    await expect(editManifest((manifest) => Object.assign(manifest, { RepoTags: ["foo"] }))).rejects.toThrow(
      'invalid tag "foo" in manifest.json',
    );
    await expect(editManifest((manifest) => Object.assign(manifest, { Layers: [] }))).rejects.toThrow(
      "invalid manifest, layers length mismatch: expected 1, got 0",
    );
    await expect(edited((entries) => entries.filter(({ name }) => name !== "manifest.json"))).rejects.toThrow(
      "the archive holds neither manifest.json nor",
    );
    await expect(loadEntries([{ name: "manifest.json", content: "[]" }])).rejects.toThrow("the archive holds no image");
    await expect(loadEntries([{ name: "manifest.json", content: "{" }])).rejects.toThrow("manifest.json is not JSON");
    await expect(loadEntries([{ name: "manifest.json", content: " ".repeat(9 << 20) }])).rejects.toThrow("manifest.json has 9437184 bytes");
    await expect(
      edited((entries) => entries.map((entry) => (/^[0-9a-f]{64}\.json$/.test(entry.name) ? { name: entry.name, content: "{}" } : entry))),
    ).rejects.toThrow(/^[0-9a-f]{64}\.json in the archive is not what its name says/);
    await expect(local.store.load({ archive: inPieces(Buffer.from("this is no tar".repeat(100))) })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringMatching(/^the archive is broken: it /),
    });
    await expect(local.store.load({ archive: inPieces(new Uint8Array(0)) })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expectNothing();
  });

  it("names the entry that the archive breaks off in", async () => {
    const { data, entries } = imageArchive();
    await expect(local.store.load({ archive: inPieces(data.subarray(0, 700)) })).rejects.toMatchObject({
      message: `the archive is broken: its entry "${entries[0]?.name}" is torn: of 298 bytes and their padding, 110 are missing`,
    });
  });

  it("says what storage finds wrong in a layer, and of which entry", async () => {
    const junk = Buffer.from("no tar at all");
    const { data, entries } = imageArchive({ images: [{ layers: [junk] }] });
    await expect(local.store.load({ archive: inPieces(data) })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: `layer "${entries[1]?.name}": the tar is torn at byte 0`,
    });
    await expectNothing();
  });

  it("finds a wrong layer also where storage has the right one already", async () => {
    const right = windowsLayerTar({ "a.txt": "a" });
    await local.store.load({ archive: inPieces(imageArchive({ images: [{ layers: [right], tags: ["a:1"] }] }).data) });
    const before = await local.content();
    const loading = edited(
      (entries) => entries.map((entry) => (entry.name.endsWith("/layer.tar") ? { name: entry.name, content: windowsLayerTar({}) } : entry)),
      { images: [{ layers: [right], tags: ["b:1"], config: { Cmd: ["b"] } }] },
    );
    await expect(loading).rejects.toThrow(/has the diff id sha256:[0-9a-f]{64}, and the image's configuration names/);
    expect(await local.content()).toEqual(before);
    expect(await local.storage.listLayers()).toHaveLength(1);
  });
});
