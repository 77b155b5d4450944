import { setImmediate } from "node:timers/promises";
import { imageArchive, inPieces, type TarEntry, tarFile } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archiveLimits } from "../../src/archive/archive-limits.ts";
import { createLocalStore, type LocalStore } from "../local-store.ts";

describe("limits of an image archive", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  const load = (data: Uint8Array) => local.store.load({ archive: inPieces(data, 64 * 1024) });
  const expectRefused = async (loading: Promise<unknown>, message: string | RegExp) => {
    await expect(loading).rejects.toMatchObject({
      code: "InvalidArgument",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
    expect(await local.store.list()).toEqual([]);
    expect(await local.content()).toEqual([]);
  };
  const withEntry = (name: string, content: string) =>
    imageArchive({
      images: [{ tags: ["a:1"] }],
      format: "hybrid",
      edit: (entries) => [...entries.filter((entry) => entry.name !== name), { name, content }],
    }).data;

  it("40,000 tags in one archive are refused by the limit, the number and the entry", async () => {
    const tags = Array.from({ length: 40_000 }, (_, index) => `a:t${index}`);
    await expectRefused(
      load(imageArchive({ images: [{ tags }] }).data),
      "manifest.json up to manifest.json[0] has 40000 tags; at most 10000 are allowed",
    );
  });

  it("40,000 names in an OCI layout are refused by the limit, the number and the entry", async () => {
    const tags = Array.from({ length: 40_000 }, (_, index) => `a:t${index}`);
    await expectRefused(
      load(imageArchive({ images: [{ tags }], format: "oci" }).data),
      /^index\.json has \d+ bytes of JSON; at most 8388608 are allowed$/,
    );
    const some = imageArchive({ images: [{ tags: tags.slice(0, 10_001) }], format: "oci" }).data;
    await expectRefused(load(some), "index.json has 10001 images and names of images; at most 10000 are allowed");
  });

  it("1,001 images in one archive are refused by the limit, the number and the entry", async () => {
    const content = JSON.stringify(Array.from({ length: 1001 }, () => ({ Config: "x.json", Layers: [] })));
    await expectRefused(load(withEntry("manifest.json", content)), "manifest.json has 1001 images; at most 1000 are allowed");
  });

  it("an archive is refused at its 100,001st entry, also where all are folders of one name", async () => {
    const [folder = new Uint8Array()] = [tarFile([{ name: "d", directory: true } satisfies TarEntry]).subarray(0, 512)];
    const piece = Buffer.concat(Array.from({ length: 128 }, () => folder));
    let sent = 0;
    async function* endless() {
      for (; ; sent += 128) yield piece;
    }
    await expectRefused(
      local.store.load({ archive: endless() }),
      `the archive up to "d/" has ${archiveLimits.maxEntries + 1} entries; at most ${archiveLimits.maxEntries} are allowed`,
    );
    expect(sent).toBeLessThan(archiveLimits.maxEntries + 256);
  });

  it("the event loop turns while the entries of an archive are read, also where its source is always ready", async () => {
    const entries = [...imageArchive({ images: [{ tags: ["a:1"] }] }).entries];
    const folders = Array.from({ length: 20_000 }, (_, index): TarEntry => ({ name: `d${index}`, directory: true }));
    let turns = 0;
    let isOver = false;
    const counting = (async () => {
      for (; !isOver; turns += 1) await setImmediate();
    })();
    await load(tarFile([...folders, ...entries]));
    isOver = true;
    await counting;
    expect(turns).toBeGreaterThan(20_000 / 256);
  });

  it.each(["manifest.json", "index.json"])(
    "three million levels in %s are refused by the limit, the number and the entry",
    async (name) => {
      const text = "[".repeat(3_000_000) + "]".repeat(3_000_000);
      const data = name === "manifest.json" ? withEntry(name, text) : ociWith(name, text);
      await expectRefused(load(data), `${name} has 3000000 levels of objects and arrays in one another; at most 64 are allowed`);
    },
  );

  it("a configuration three million levels deep is refused by the limit, the number and the entry", async () => {
    const data = imageArchive({
      edit: (entries) =>
        entries.map((entry) =>
          /^[0-9a-f]{64}\.json$/.test(entry.name)
            ? { name: "config", content: `{"a":${"[".repeat(3_000_000)}` }
            : manifestNaming(entry, "config"),
        ),
    }).data;
    await expectRefused(load(data), "config has 3000001 levels of objects and arrays in one another; at most 64 are allowed");
  });

  it("brackets within strings are no levels", async () => {
    const loaded = await load(imageArchive({ images: [{ config: { Labels: { deep: `\\"${"[{".repeat(500)}` } } }] }).data);
    expect(loaded).toHaveLength(1);
  });

  it("a million small values in one document are refused by the limit, the number and the entry", async () => {
    await expectRefused(
      load(withEntry("manifest.json", `[${"1,".repeat(1_000_000)}1]`)),
      /^manifest\.json has 1000002 values; at most 200000/,
    );
  });

  it("one configuration named by many images is not read for ever: all JSON together has a limit", async () => {
    const config = JSON.stringify({
      os: "windows",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] },
      x: "x".repeat(4_000_000),
    });
    const manifest = JSON.stringify(Array.from({ length: 100 }, () => ({ Config: "config", Layers: ["layer"] })));
    const data = tarFile([
      { name: "config", content: config },
      { name: "layer", content: "" },
      { name: "manifest.json", content: manifest },
    ]);
    await expectRefused(load(data), /^the archive up to config has \d+ bytes of JSON in all; at most 67108864 are allowed$/);
  });

  it("126 layers of one image are refused by the limit, the number and the entry", async () => {
    const layers = Array.from({ length: 126 }, () => new Uint8Array(1024));
    await expectRefused(
      load(imageArchive({ images: [{ layers }] }).data),
      /^[0-9a-f]{64}\.json: the image has 126 layers; at most 125 are allowed$/,
    );
  });

  function ociWith(name: string, content: string): Uint8Array {
    return imageArchive({ format: "oci", edit: (entries) => [...entries.filter((entry) => entry.name !== name), { name, content }] }).data;
  }

  function manifestNaming(entry: TarEntry, config: string): TarEntry {
    if (entry.name !== "manifest.json" || !("content" in entry)) return entry;
    const manifests = JSON.parse(String(entry.content)) as Record<string, unknown>[];
    return { name: entry.name, content: JSON.stringify(manifests.map((manifest) => ({ ...manifest, Config: config }))) };
  }
});
