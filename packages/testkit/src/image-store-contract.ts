import type { ImageProgress, ImageRecord, ImageStore, StorageBackend } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BuiltImageArchive, type ImageArchiveOptions, imageArchive, inPieces } from "./image-archive.ts";
import { windowsLayerTar } from "./tar-file.ts";

/** The copy is not there; is shorter; is as long, and other bytes. */
export type CopyHarm = "gone" | "cut" | "changed";

export interface ImageStoreFixture {
  /** Open and empty. */
  readonly store: ImageStore;
  /** What the store unpacks layers into; empty. */
  readonly storage: StorageBackend;
  /** Harms what the store itself keeps of a layer that came without compression. */
  harmCopy(diffId: string, harm: CopyHarm): Promise<void>;
  /** Closes what was opened and removes what was made. */
  dispose(): Promise<void>;
}

const base = windowsLayerTar({ "base.txt": "base" });
const unused = { force: false, inUse: () => [] };
const forced = { force: true, inUse: () => [] };

/** The behaviour that every image store must have. */
export function imageStoreContract(name: string, create: () => Promise<ImageStoreFixture>): void {
  describe(`image store: ${name}`, () => {
    let fixture: ImageStoreFixture;
    let store: ImageStore;
    let storage: StorageBackend;
    beforeEach(async () => {
      fixture = await create();
      ({ store, storage } = fixture);
    });
    afterEach(() => fixture.dispose());

    const loadBuilt = (built: BuiltImageArchive, onProgress?: (progress: ImageProgress) => void) =>
      store.load({ archive: inPieces(built.data), onProgress });
    const load = async (options: ImageArchiveOptions): Promise<BuiltImageArchive> => {
      const built = imageArchive(options);
      await loadBuilt(built);
      return built;
    };
    const expectNothing = async () => {
      expect(await store.list()).toEqual([]);
      expect(await storage.listLayers()).toEqual([]);
    };

    describe("load", () => {
      it.each(["docker", "oci", "hybrid"] as const)("takes a %s archive: image, tags, layers from the base up", async (format) => {
        const layers = [base, windowsLayerTar({ "app/a.txt": "more" })];
        const built = imageArchive({ format, images: [{ tags: ["oriel/two:1"], layers, config: { Cmd: ["x"] } }] });
        const [image] = built.images;
        const [record] = await loadBuilt(built);
        expect(record).toMatchObject({ id: image?.id, tags: ["oriel/two:1"], chainId: image?.chainIds[1], size: 8, config: image?.config });
        const kept = await storage.listLayers();
        expect(kept.map(({ chainId, parentChainId }) => [chainId, parentChainId])).toEqual([
          [image?.chainIds[0], undefined],
          [image?.chainIds[1], image?.chainIds[0]],
        ]);
      });

      it.each([
        ["gzip", "none"],
        ["zstd", "none"],
        ["none", "gzip"],
        ["none", "zstd"],
        ["gzip", "zstd"],
      ] as const)("takes layers compressed with %s in an archive compressed with %s", async (layerCompression, archiveCompression) => {
        for (const format of ["docker", "oci"] as const) {
          const built = await load({ format, layerCompression, archiveCompression, images: [{ tags: [`${format}:1`] }] });
          expect((await store.get(`${format}:1`)).id).toBe(built.images[0]?.id);
        }
      });

      it("takes entries in any order", async () => {
        for (const format of ["docker", "oci"] as const) {
          await load({ format, images: [{ tags: ["turned:1"] }], edit: (entries) => [...entries].reverse() });
          expect((await store.get("turned:1")).tags).toEqual(["turned:1"]);
        }
      });

      it("shares layers between images", async () => {
        const shared = { layers: [base, windowsLayerTar({ "a.txt": "a" })] };
        await load({
          images: [
            { ...shared, tags: ["a:1"] },
            { layers: [base, windowsLayerTar({ "b.txt": "b" })], tags: ["b:1"] },
          ],
        });
        expect(await storage.listLayers()).toHaveLength(3);
      });

      it("gives the tag of an archive to the image that it brings, and says from which it took it", async () => {
        const first = await load({ images: [{ tags: ["a:1"] }] });
        const told: string[] = [];
        await loadBuilt(imageArchive({ images: [{ tags: ["a:1"], config: { Cmd: ["second"] } }] }), ({ stream }) => {
          if (stream !== undefined) told.push(stream);
        });
        expect(told).toEqual([
          `The image a:1 already exists, renaming the old one with ID ${first.images[0]?.id} to empty string\n`,
          "Loaded image: a:1\n",
        ]);
        expect((await store.get(first.images[0]?.id ?? "")).tags).toEqual([]);
        expect((await store.get("a:1")).config.config?.Cmd).toEqual(["second"]);
      });

      it("tells its progress in Docker's words", async () => {
        const told: ImageProgress[] = [];
        const built = imageArchive({ images: [{ tags: ["oriel/nano:latest"], layers: [base] }] });
        await loadBuilt(built, (progress) => told.push(progress));
        const id = built.images[0]?.diffIds[0]?.slice(7, 19);
        expect(told[0]).toMatchObject({ status: "Loading layer", id, progressDetail: { total: base.length } });
        expect(told.at(-2)?.progressDetail).toEqual({ current: base.length, total: base.length });
        expect(told.at(-1)).toEqual({ stream: "Loaded image: oriel/nano:latest\n" });
      });

      it("names an image without tags by its id", async () => {
        const told: ImageProgress[] = [];
        const built = imageArchive();
        await loadBuilt(built, (progress) => told.push(progress));
        expect(told.at(-1)).toEqual({ stream: `Loaded image ID: ${built.images[0]?.id}\n` });
        expect((await store.list())[0]?.tags).toEqual([]);
      });

      it("loads the same archive again without a change", async () => {
        const options = { images: [{ tags: ["a:1"] }] };
        await load(options);
        await load(options);
        expect(await store.list()).toHaveLength(1);
      });

      it("refuses an image for another system and keeps nothing of the archive", async () => {
        for (const format of ["docker", "oci", "hybrid"] as const) {
          const built = imageArchive({ format, images: [{ tags: ["good:1"] }, { tags: ["linux:1"], os: "linux", architecture: "arm64" }] });
          await expect(loadBuilt(built)).rejects.toMatchObject({
            code: "InvalidArgument",
            message: expect.stringMatching(/^cannot load linux image on windows: .* linux\/arm64/),
          });
          await expectNothing();
        }
      });

      it("keeps nothing of an archive whose layer is not the one that the image names, and keeps what was there", async () => {
        const before = await load({ images: [{ tags: ["base:1"], layers: [base] }] });
        const wrong = windowsLayerTar({ "evil.txt": "evil" });
        const built = imageArchive({
          images: [{ tags: ["bad:1"], layers: [base, windowsLayerTar({ "good.txt": "good" })] }],
          edit: (entries) => {
            const last = entries.findLast(({ name }) => name.endsWith("/layer.tar"));
            return entries.map((entry) => (entry === last ? { name: entry.name, content: wrong } : entry));
          },
        });
        await expect(loadBuilt(built)).rejects.toMatchObject({ code: "InvalidArgument", message: expect.stringContaining("layer.tar") });
        expect((await store.list()).map(({ id }) => id)).toEqual([before.images[0]?.id]);
        expect((await storage.listLayers()).map(({ chainId }) => chainId)).toEqual(before.images[0]?.chainIds);
      });

      it("keeps nothing of an archive that is cut short, and lets go of its source", async () => {
        const { data } = imageArchive({ images: [{ tags: ["a:1"] }] });
        let ended = false;
        const cut = async function* () {
          try {
            yield* inPieces(data.subarray(0, 2000));
          } finally {
            ended = true;
          }
        };
        await expect(store.load({ archive: cut() })).rejects.toMatchObject({ code: "InvalidArgument" });
        expect(ended).toBe(true);
        await expectNothing();
      });

      it("is cut short by its signal, also while the archive is silent", async () => {
        const { data } = imageArchive();
        const controller = new AbortController();
        const silent = async function* () {
          yield data.subarray(0, 1000);
          controller.abort(new Error("enough"));
          await new Promise(() => undefined);
        };
        await expect(store.load({ archive: silent(), signal: controller.signal })).rejects.toThrow("enough");
        await expectNothing();
      });

      it("brings the same image twice at once", async () => {
        const built = imageArchive({ images: [{ tags: ["a:1"] }] });
        const records = await Promise.all([loadBuilt(built), loadBuilt(built)]);
        expect(records.flat().map(({ id }) => id)).toEqual([built.images[0]?.id, built.images[0]?.id]);
        expect(await store.list()).toHaveLength(1);
      });
    });

    describe("commit", () => {
      const added = windowsLayerTar({ "app/new.txt": "new" });
      const config = { Cmd: ["new.exe"], Env: ["A=1"] };

      it("makes an image of another and a layer, which stands on its own", async () => {
        await load({ images: [{ tags: ["a:1"] }] });
        const parent = await store.get("a:1");
        const image = await store.commit({
          parentId: parent.id,
          layer: inPieces(added),
          config,
          createdBy: "cmd /c make",
          author: "me",
          comment: "by hand",
          tag: "b",
        });
        expect(image.tags).toEqual(["b:latest"]);
        expect(image.config).toMatchObject({ os: "windows", author: "me", config });
        expect(image.config.rootfs.diff_ids.slice(0, -1)).toEqual(parent.config.rootfs.diff_ids);
        expect(image.config.history?.at(-1)).toMatchObject({ created_by: "cmd /c make", comment: "by hand" });
        expect(await store.get("b")).toEqual(image);
        expect(await storage.getLayer(image.chainId)).toMatchObject({ parentChainId: parent.chainId });
        expect(await store.get("a:1")).toEqual(parent);

        await store.remove("a:1", unused);
        expect((await store.get("b")).id).toBe(image.id);
        await store.remove("b", unused);
        await expectNothing();
      });

      it("without a tag has no name", async () => {
        await load({ images: [{ tags: ["a:1"] }] });
        const { id: parentId } = await store.get("a:1");
        const image = await store.commit({ parentId, layer: inPieces(added), config, createdBy: "" });
        expect(image.tags).toEqual([]);
        expect(await store.get(image.id)).toEqual(image);
      });

      it("that fails leaves nothing, and lets go of the layer", async () => {
        await load({ images: [{ tags: ["a:1"] }] });
        const { id: parentId } = await store.get("a:1");
        const before = [await store.list(), await storage.listLayers()];
        let left = 0;
        const commit = (more: object, broken = false) =>
          store.commit({
            parentId,
            config,
            createdBy: "",
            layer: (async function* () {
              try {
                yield added;
                if (broken) throw new Error("the disk is broken");
              } finally {
                left += 1;
              }
            })(),
            ...more,
          });
        await expect(commit({}, true)).rejects.toThrow("the disk is broken");
        await expect(commit({ tag: "B" })).rejects.toMatchObject({ code: "InvalidArgument" });
        await expect(commit({ parentId: `sha256:${"0".repeat(64)}` })).rejects.toMatchObject({ code: "NotFound" });
        await expect(commit({ signal: AbortSignal.abort(new Error("given up")) })).rejects.toThrow("given up");
        await expect(commit({ layer: inPieces(Buffer.alloc(512, "x")) })).rejects.toMatchObject({ code: "InvalidArgument" });
        expect([await store.list(), await storage.listLayers()]).toEqual(before);
        // A generator that nobody began has nothing to let go of.
        expect(left).toBe(1);
      });
    });

    describe("get and list", () => {
      let image: ImageRecord;
      beforeEach(async () => {
        await load({ images: [{ tags: ["oriel/nano:latest", "nano:1"] }] });
        image = await store.get("nano:1");
      });

      it("finds an image by every name and id that Docker takes", async () => {
        const hex = image.id.slice(7);
        const names = [
          "oriel/nano",
          "oriel/nano:latest",
          "docker.io/oriel/nano",
          "nano:1",
          "docker.io/library/nano:1",
          "index.docker.io/nano:1",
        ];
        for (const reference of [...names, image.id, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 12)}`]) {
          expect((await store.get(reference)).id, reference).toBe(image.id);
        }
        expect(image.tags).toEqual(["nano:1", "oriel/nano:latest"]);
      });

      it("says in Docker's words what is not there or no name", async () => {
        await expect(store.get("nosuch:1")).rejects.toMatchObject({ code: "NotFound", message: "No such image: nosuch:1" });
        await expect(store.get("nano")).rejects.toMatchObject({ code: "NotFound", message: "No such image: nano:latest" });
        const id = `sha256:${"0".repeat(64)}`;
        await expect(store.get(id)).rejects.toMatchObject({ code: "NotFound", message: `No such image: ${id}` });
        await expect(store.get("Foo")).rejects.toMatchObject({
          code: "InvalidArgument",
          message: "invalid reference format: repository name (library/Foo) must be lowercase",
        });
      });

      it("lists the newest first", async () => {
        await load({ images: [{ created: "2023-01-01T00:00:00Z" }, { created: "2025-01-01T00:00:00Z" }] });
        const years = (await store.list()).map(({ config }) => config.created?.slice(0, 4));
        expect(years).toEqual(["2025", "2024", "2023"]);
      });
    });

    describe("ensureLayers", () => {
      const upper = windowsLayerTar({ "a.txt": "a" });
      const options: ImageArchiveOptions = { images: [{ tags: ["a:1"], layers: [base, upper] }] };
      const loadTwoLayers = async (more: ImageArchiveOptions = {}) => {
        const [image] = (await load({ ...options, ...more })).images;
        const [baseChain = "", topChain = ""] = image?.chainIds ?? [];
        const [baseDiff = "", topDiff = ""] = image?.diffIds ?? [];
        return { id: image?.id ?? "", baseChain, topChain, baseDiff, topDiff };
      };
      /** Takes layers away as storage would lose them, uppermost first. */
      const lose = async (...chainIds: string[]) => {
        for (const chainId of chainIds) await storage.removeLayer(chainId);
      };
      const present = async () => (await storage.listLayers()).map(({ chainId }) => chainId);
      /** Notes which layers storage is given; `before` is done first. Each of the fixtures has a storage of its own. */
      const watched = (before: (call: number) => Promise<unknown> = async () => undefined) => {
        const asked: string[] = [];
        const apply = storage.applyLayer.bind(storage);
        storage.applyLayer = async (options) => {
          asked.push(options.chainId);
          await before(asked.length);
          return apply(options);
        };
        const end = () => {
          storage.applyLayer = apply;
        };
        return { applied: () => asked, end };
      };

      it("asks for the uppermost layer where that is there, and does nothing else", async () => {
        const { id, topChain } = await loadTwoLayers();
        const looked: string[] = [];
        const getLayer = storage.getLayer.bind(storage);
        storage.getLayer = async (chainId) => {
          looked.push(chainId);
          return getLayer(chainId);
        };
        const { applied } = watched();
        await store.ensureLayers(id);
        expect(looked).toEqual([topChain]);
        expect(applied()).toEqual([]);
      });

      it.each(["none", "gzip", "zstd"] as const)(
        "unpacks layers that storage has lost, base first, so that a container can be put on them (compression: %s)",
        async (layerCompression) => {
          const { id, baseChain, topChain } = await loadTwoLayers({ format: "oci", layerCompression });
          const before = await storage.listLayers();
          await lose(topChain, baseChain);
          const { applied } = watched();
          await store.ensureLayers(id);
          expect(applied()).toEqual([baseChain, topChain]);
          expect(await storage.listLayers()).toEqual(before);
          await storage.createScratch({ id: "scratch", parentChainId: topChain });
        },
      );

      it("unpacks only what is missing", async () => {
        const { id, topChain } = await loadTwoLayers();
        await lose(topChain);
        const { applied } = watched();
        await store.ensureLayers(id);
        expect(applied()).toEqual([topChain]);
      });

      it("unpacks the layers of a committed image", async () => {
        const { id: parentId, baseChain, topChain } = await loadTwoLayers();
        const added = windowsLayerTar({ "new.txt": "new" });
        const image = await store.commit({ parentId, layer: inPieces(added), config: {}, createdBy: "" });
        await lose(image.chainId, topChain, baseChain);
        await store.ensureLayers(image.id);
        expect(await storage.getLayer(image.chainId)).toMatchObject({ parentChainId: topChain });
      });

      it.each(["gone", "cut"] as const)("makes nothing when the copy of a layer is %s, and a load helps", async (harm) => {
        const { id, baseChain, topChain, topDiff } = await loadTwoLayers();
        await lose(topChain, baseChain);
        await fixture.harmCopy(topDiff, harm);
        await expect(store.ensureLayers(id)).rejects.toMatchObject({
          code: "FailedPrecondition",
          message: expect.stringMatching(new RegExp(`layer ${topChain} of image a:1 is not in storage`)),
          remedy: "load the image again",
        });
        expect(await present()).toEqual([]);
        await loadTwoLayers();
        await lose(topChain, baseChain);
        await store.ensureLayers(id);
        expect(await present()).toEqual([baseChain, topChain]);
      });

      it("makes no layer of a copy that is damaged, and a load helps", async () => {
        const { id, baseChain, topChain, topDiff } = await loadTwoLayers();
        await lose(topChain, baseChain);
        await fixture.harmCopy(topDiff, "changed");
        await expect(store.ensureLayers(id)).rejects.toMatchObject({
          code: "FailedPrecondition",
          message: expect.stringMatching(/ of image a:1 .* is damaged$/),
          remedy: "load the image again",
        });
        expect(await present()).toEqual([baseChain]);
        await loadTwoLayers();
        await lose(topChain);
        await store.ensureLayers(id);
        expect(await present()).toEqual([baseChain, topChain]);
      });

      it("unpacks once for those who ask at once", async () => {
        const { id, baseChain, topChain } = await loadTwoLayers();
        await lose(topChain, baseChain);
        const { applied } = watched();
        await Promise.all([store.ensureLayers(id), store.ensureLayers(id), store.ensureLayers(id)]);
        expect(applied()).toEqual([baseChain, topChain]);
      });

      it("is cut short by its signal, and can be asked again", async () => {
        const { id, baseChain, topChain } = await loadTwoLayers();
        await lose(topChain, baseChain);
        await expect(store.ensureLayers(id, { signal: AbortSignal.abort(new Error("given up")) })).rejects.toThrow("given up");
        expect(await present()).toEqual([]);

        const controller = new AbortController();
        watched(async (call) => {
          if (call === 2) controller.abort(new Error("enough"));
        });
        await expect(store.ensureLayers(id, { signal: controller.signal })).rejects.toThrow("enough");
        expect(await present()).toEqual([baseChain]);
        await store.ensureLayers(id);
        expect(await present()).toEqual([baseChain, topChain]);
      });

      it("leaves no layer of an image that is removed meanwhile", async () => {
        const { id, baseChain, topChain } = await loadTwoLayers();
        for (const moment of [1, 2]) {
          await loadTwoLayers();
          await lose(topChain, baseChain);
          const { end } = watched(async (call) => call === moment && store.remove("a:1", unused));
          await expect(store.ensureLayers(id)).rejects.toMatchObject({ code: "NotFound", message: `No such image: ${id}` });
          end();
          await expectNothing();
        }
      });

      it("says in Docker's words that an image is not there", async () => {
        const id = `sha256:${"0".repeat(64)}`;
        await expect(store.ensureLayers(id)).rejects.toMatchObject({ code: "NotFound", message: `No such image: ${id}` });
      });
    });

    describe("tag", () => {
      it("adds a name, and moves one that another image has", async () => {
        const built = await load({ images: [{ tags: ["a:1"] }, { tags: ["b:1"], config: { Cmd: ["b"] } }] });
        await store.tag("a:1", "registry.example:5000/team/a");
        expect((await store.get("a:1")).tags).toEqual(["a:1", "registry.example:5000/team/a:latest"]);
        await store.tag(built.images[1]?.id ?? "", "a:1");
        expect((await store.get("a:1")).id).toBe(built.images[1]?.id);
        expect((await store.get("registry.example:5000/team/a")).tags).toEqual(["registry.example:5000/team/a:latest"]);
      });

      it("returns the name in its familiar form, however it was written", async () => {
        await load({ images: [{ tags: ["a:1"] }] });
        expect(await store.tag("a:1", "docker.io/library/b")).toBe("b:latest");
        expect(await store.tag("a:1", "index.docker.io/team/c:2")).toBe("team/c:2");
      });

      it("refuses what is no tag, and an image that is not there", async () => {
        await load({ images: [{ tags: ["a:1"] }] });
        await expect(store.tag("a:1", `b@sha256:${"0".repeat(64)}`)).rejects.toMatchObject({ code: "InvalidArgument" });
        await expect(store.tag("a:1", "B")).rejects.toMatchObject({ code: "InvalidArgument" });
        await expect(store.tag("nosuch", "b")).rejects.toMatchObject({ code: "NotFound" });
      });
    });

    describe("remove", () => {
      it("removes an image with its last tag, and the layers that no other image has", async () => {
        const upper = windowsLayerTar({ "a.txt": "a" });
        const built = await load({
          images: [
            { tags: ["base:1"], layers: [base] },
            { tags: ["a:1", "a:2"], layers: [base, upper] },
          ],
        });
        const [lower, image] = built.images;
        expect(await store.remove("a:1", unused)).toEqual({ untagged: ["a:1"], deleted: [] });
        expect(await store.remove("a:2", unused)).toEqual({ untagged: ["a:2"], deleted: [image?.id, image?.chainIds[1]] });
        expect((await storage.listLayers()).map(({ chainId }) => chainId)).toEqual(lower?.chainIds);
        await store.remove("base:1", unused);
        await expectNothing();
        await expect(store.remove("base:1", unused)).rejects.toMatchObject({ code: "NotFound", message: "No such image: base:1" });
      });

      it("by id removes an image without or with one tag; several tags want force", async () => {
        const built = await load({ images: [{ tags: ["a:1", "b:1"] }] });
        const id = built.images[0]?.id ?? "";
        await expect(store.remove(id, unused)).rejects.toMatchObject({
          code: "Conflict",
          message: `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
        });
        const removed = await store.remove(id, forced);
        expect(removed.untagged).toEqual(["a:1", "b:1"]);
        expect(removed.deleted[0]).toBe(id);
        await load({});
        await store.remove(imageArchive().images[0]?.id.slice(7, 19) ?? "", unused);
        await expectNothing();
      });

      it("keeps an image that a container uses, in Docker's words", async () => {
        const built = await load({ images: [{ tags: ["a:1"] }] });
        const id = built.images[0]?.id ?? "";
        const container = "c0ffee".padEnd(64, "0");
        const asked: string[] = [];
        const inUse = (imageId: string) => {
          asked.push(imageId);
          return [container];
        };
        await expect(store.remove("a:1", { force: false, inUse })).rejects.toMatchObject({
          code: "Conflict",
          message: `conflict: unable to remove repository reference "a:1" (must force) - container c0ffee000000 is using its referenced image ${id.slice(7, 19)}`,
        });
        await expect(store.remove(id, { force: false, inUse })).rejects.toMatchObject({
          code: "Conflict",
          message: `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by stopped container c0ffee000000`,
        });
        await expect(store.remove(id, { force: true, inUse, running: inUse })).rejects.toMatchObject({
          code: "Conflict",
          message: `conflict: unable to delete ${id.slice(7, 19)} (cannot be forced) - image is being used by running container c0ffee000000`,
        });
        expect(new Set(asked)).toEqual(new Set([id]));
        await store.tag("a:1", "b:1");
        expect(await store.remove("b:1", { force: false, inUse })).toEqual({ untagged: ["b:1"], deleted: [] });
      });

      it("leaves a layer that a scratch stands on until it is free", async () => {
        const built = await load({ images: [{ tags: ["a:1"] }] });
        const [image] = built.images;
        await storage.createScratch({ id: "scratch", parentChainId: image?.chainIds[0] ?? "" });
        expect(await store.remove("a:1", forced)).toEqual({ untagged: ["a:1"], deleted: [image?.id] });
        expect(await storage.listLayers()).toHaveLength(1);
        await storage.removeScratch("scratch");
        await load({ images: [{ tags: ["other:1"], layers: [base] }] });
        await store.remove("other:1", unused);
        await expectNothing();
      });
    });
  });
}
