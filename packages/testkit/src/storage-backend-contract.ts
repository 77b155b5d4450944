import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { type ApplyLayerOptions, isOrielError, type LayerRecord, type StorageBackend, UnavailableError } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inPieces, sha256Digest } from "./image-archive.ts";
import { layerContentCases } from "./layer-content-cases.ts";
import type { StorageBackendFixture } from "./storage-backend-fixture.ts";
import { windowsLayerTar } from "./tar-file.ts";

export interface StorageContractOptions {
  /** Why the suite cannot run here; shown as its title. */
  readonly skip?: string | undefined;
}

/** A chain id of our own; backends look at nothing but its form. */
export function testChainId(name: string): string {
  return sha256Digest(Buffer.from(name));
}

/** The behaviour that every storage backend must have. */
export function storageBackendContract(
  name: string,
  create: () => Promise<StorageBackendFixture>,
  options: StorageContractOptions = {},
): void {
  const title = options.skip === undefined ? `storage backend: ${name}` : `storage backend: ${name} (skipped: ${options.skip})`;
  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: StorageBackendFixture;
    let backend: StorageBackend;
    beforeEach(async () => {
      fixture = await create();
      ({ backend } = fixture);
    });
    afterEach(() => fixture.dispose());

    const apply = (
      layer: string,
      parent: string | undefined,
      files: Readonly<Record<string, string>>,
      extra: Partial<ApplyLayerOptions> = {},
    ) =>
      backend.applyLayer({
        chainId: testChainId(layer),
        ...(parent === undefined ? {} : { parentChainId: testChainId(parent) }),
        tar: inPieces(windowsLayerTar(files)),
        ...extra,
      });
    const scratch = (id: string, parent: string, storageOptions?: Readonly<Record<string, string>>) =>
      backend.createScratch({ id, parentChainId: testChainId(parent), storageOptions });
    const journal = () => fixture.journal.list().map(({ kind, id }) => `${kind} ${id}`);
    const layerEntry = (layer: string) => `layer ${testChainId(layer)}`;

    describe("layers", () => {
      it("are found once they are applied, with their size and their parent", async () => {
        const base = await apply("base", undefined, { "a.txt": "alpha", "dir/b.txt": "bee" });
        const next = await apply("next", "base", { "c.txt": "c" });
        expect(base).toMatchObject({ chainId: testChainId("base"), parentChainId: undefined, size: 8 });
        expect(next).toMatchObject({ chainId: testChainId("next"), parentChainId: testChainId("base"), size: 1 });
        expect(await backend.getLayer(testChainId("base"))).toEqual(base);
        expect((await backend.listLayers()).map(({ chainId }) => chainId).sort()).toEqual([base.chainId, next.chainId].sort());
        expect(await backend.getLayer(testChainId("other"))).toBeUndefined();
      });

      it("are recorded in the journal as long as they are there", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        expect(journal()).toEqual([layerEntry("base")]);
        await backend.removeLayer(testChainId("base"));
        expect(journal()).toEqual([]);
      });

      it("report their progress in bytes of the tar", async () => {
        const seen: number[] = [];
        const tar = windowsLayerTar({ "a.txt": "alpha" });
        await apply("base", undefined, {}, { tar: inPieces(tar), onProgress: (bytes) => seen.push(bytes) });
        expect(seen.at(-1)).toBe(tar.length);
      });

      it("that are there already are answered as they are, and their tar is given up unread", async () => {
        const first = await apply("base", undefined, { "a.txt": "alpha" });
        const tar = new WatchedTar(windowsLayerTar({ "a.txt": "another" }));
        expect(await apply("base", undefined, {}, { tar })).toEqual(first);
        expect(tar).toMatchObject({ read: 0, givenUp: true });
      });

      it("that are asked for twice at once are unpacked once", async () => {
        const tars = [1, 2].map(() => new WatchedTar(windowsLayerTar({ "a.txt": "alpha" })));
        const records = await Promise.all(tars.map((tar) => apply("base", undefined, {}, { tar })));
        expect(records[0]).toEqual(records[1]);
        expect(tars.filter((tar) => tar.read > 0)).toHaveLength(1);
        expect(tars.every((tar) => tar.givenUp)).toBe(true);
      });

      it("that could not be unpacked by the first who asked are unpacked by the second", async () => {
        const torn = apply("base", undefined, {}, { tar: inPieces(Buffer.alloc(100)) });
        const whole = apply("base", undefined, { "a.txt": "alpha" });
        await expect(torn).rejects.toMatchObject({ code: "InvalidArgument" });
        expect(await whole).toMatchObject({ size: 5 });
      });

      it("on a parent that is not there are NotFound, and nothing is made", async () => {
        const tar = new WatchedTar(windowsLayerTar({}));
        await expect(apply("next", "base", {}, { tar })).rejects.toMatchObject({ code: "NotFound" });
        expect(tar.givenUp).toBe(true);
        expect(await remains()).toEqual([]);
      });

      it("need a chain id", async () => {
        const tar = new WatchedTar(windowsLayerTar({}));
        await expect(backend.applyLayer({ chainId: "../base", tar })).rejects.toMatchObject({ code: "InvalidArgument" });
        expect(tar.givenUp).toBe(true);
      });

      it.each([
        ["a torn tar", () => inPieces(windowsLayerTar({ "a.txt": "alpha" }).subarray(0, 2000))],
        ["a tar that is none", () => inPieces(Buffer.alloc(4096, "x"))],
        ["a tar that leaves the layer", () => inPieces(windowsLayerTar({ "../../x": "x" }))],
        ["a source that fails", () => failing(windowsLayerTar({ "a.txt": "alpha" }).subarray(0, 2000))],
      ])("from %s leave nothing behind, and can be applied afterwards", async (_what, tar) => {
        await apply("base", undefined, { "a.txt": "alpha" });
        const before = await remains();
        for (const parent of [undefined, "base"]) {
          await expect(apply("bad", parent, {}, { tar: tar() })).rejects.toMatchObject({
            code: expect.any(String),
            op: expect.any(String),
          });
          expect(await remains()).toEqual(before);
          expect(await backend.getLayer(testChainId("bad"))).toBeUndefined();
        }
        expect(await apply("bad", "base", { "c.txt": "c" })).toMatchObject({ size: 1 });
      });

      it("that are cancelled leave nothing behind", async () => {
        const cancel = new AbortController();
        const tar = stuckAfter(windowsLayerTar({ "a.txt": "alpha" }).subarray(0, 2000), () => cancel.abort());
        await expect(apply("base", undefined, {}, { tar, signal: cancel.signal })).rejects.toMatchObject({ op: expect.any(String) });
        expect(await remains()).toEqual([]);
      });

      it("that are cancelled before they begin are not begun", async () => {
        const tar = new WatchedTar(windowsLayerTar({ "a.txt": "alpha" }));
        const reason = new Error("not any more");
        await expect(apply("base", undefined, {}, { tar, signal: AbortSignal.abort(reason) })).rejects.toBeDefined();
        expect(tar).toMatchObject({ read: 0, givenUp: true });
        expect(await remains()).toEqual([]);
      });

      it("that one of two callers gives up are made for the other", async () => {
        const begun = Promise.withResolvers<void>();
        const released = Promise.withResolvers<void>();
        const tar = (async function* () {
          begun.resolve();
          await released.promise;
          yield* inPieces(windowsLayerTar({ "a.txt": "alpha" }));
        })();
        const first = apply("base", undefined, {}, { tar });
        await begun.promise;
        const cancel = new AbortController();
        const second = apply("base", undefined, { "a.txt": "alpha" }, { signal: cancel.signal });
        cancel.abort(new Error("no longer wanted"));
        await expect(second).rejects.toBeDefined();
        released.resolve();
        expect(await first).toMatchObject({ size: 5 });
      });

      it("have at most 127 others below them: more is refused with the number, and nothing is made", { timeout: 120_000 }, async () => {
        await apply("0", undefined, { "a.txt": "alpha" });
        for (let depth = 1; depth <= 127; depth += 1) await apply(String(depth), String(depth - 1), {});
        const before = await remains();
        const tar = new WatchedTar(windowsLayerTar({}));
        await expect(apply("128", "127", {}, { tar })).rejects.toMatchObject({
          code: "InvalidArgument",
          message: expect.stringMatching(/\b128\b/),
        });
        expect(tar).toMatchObject({ read: 0, givenUp: true });
        await expect(scratch("c1", "127")).rejects.toMatchObject({
          code: "InvalidArgument",
          message: expect.stringMatching(/\b128\b/),
        });
        expect(await remains()).toEqual(before);
        await scratch("c2", "126");
        const { volumePath } = await backend.mountScratch("c2");
        expect(await fixture.read(volumePath, "a.txt")).toBe("alpha");
        await backend.unmountScratch("c2");
      });

      it("cannot be removed while a layer or a scratch stands on them", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        await apply("next", "base", { "b.txt": "b" });
        await scratch("c1", "next");
        await expect(backend.removeLayer(testChainId("base"))).rejects.toMatchObject({ code: "Conflict" });
        await expect(backend.removeLayer(testChainId("next"))).rejects.toMatchObject({ code: "Conflict" });
        await backend.removeScratch("c1");
        await backend.removeLayer(testChainId("next"));
        await backend.removeLayer(testChainId("base"));
        expect(await remains()).toEqual([]);
        await expect(backend.removeLayer(testChainId("base"))).rejects.toMatchObject({ code: "NotFound" });
      });

      it("cannot be removed while a layer is being made on them", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        const removal = Promise.withResolvers<void>();
        const next = apply(
          "next",
          "base",
          {},
          {
            tar: (async function* () {
              await expect(backend.removeLayer(testChainId("base"))).rejects.toMatchObject({ code: "Conflict" });
              removal.resolve();
              yield windowsLayerTar({ "b.txt": "b" });
            })(),
          },
        );
        await removal.promise;
        expect(await next).toMatchObject({ parentChainId: testChainId("base") });
      });
    });

    describe("scratches", () => {
      beforeEach(async () => {
        await apply("base", undefined, { "a.txt": "alpha", "dir/b.txt": "bee" });
        await apply("next", "base", { "a.txt": "replaced" });
      });

      it("are found once they are made, and recorded in the journal as long as they are there", async () => {
        const record = await scratch("c1", "next");
        expect(record).toMatchObject({ id: "c1", parentChainId: testChainId("next") });
        expect(await backend.getScratch("c1")).toEqual(record);
        expect(await backend.listScratches()).toEqual([record]);
        expect(journal()).toContain("scratch c1");
        await backend.removeScratch("c1");
        expect(await backend.getScratch("c1")).toBeUndefined();
        expect(await backend.listScratches()).toEqual([]);
        expect(journal()).toEqual([layerEntry("base"), layerEntry("next")]);
      });

      it("name the folders of all layers below, immediate parent first, and their own last", async () => {
        const { folder } = await scratch("c1", "next");
        const layers = await Promise.all(["next", "base"].map((layer) => backend.getLayer(testChainId(layer))));
        expect(await backend.layerFolders("c1")).toEqual([...layers.map((layer) => layer?.folder), folder]);
      });

      it("show the layers below when they are mounted", async () => {
        await scratch("c1", "next");
        const { volumePath } = await backend.mountScratch("c1");
        expect(volumePath).toMatch(/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/i);
        expect(await fixture.read(volumePath, "a.txt")).toBe("replaced");
        expect(await fixture.read(volumePath, "dir/b.txt")).toBe("bee");
        expect(await fixture.read(volumePath, "c.txt")).toBeUndefined();
        await backend.unmountScratch("c1");
      });

      it("stay mounted until they were unmounted as often as they were mounted", async () => {
        await scratch("c1", "next");
        const { volumePath } = await backend.mountScratch("c1");
        expect(await backend.mountScratch("c1")).toEqual({ volumePath });
        expect(journal()).toContain("mounted-layer c1");
        await backend.unmountScratch("c1");
        expect(await fixture.read(volumePath, "a.txt")).toBe("replaced");
        await expect(backend.removeScratch("c1")).rejects.toMatchObject({ code: "Conflict" });
        await backend.unmountScratch("c1");
        expect(journal()).not.toContain("mounted-layer c1");
        await expect(backend.unmountScratch("c1")).rejects.toMatchObject({ code: "Conflict" });
        await backend.removeScratch("c1");
      });

      it("can be mounted again, several side by side, and by several at once", async () => {
        await Promise.all([scratch("c1", "next"), scratch("c2", "base")]);
        const mounted = await Promise.all(["c1", "c2", "c1"].map((id) => backend.mountScratch(id)));
        expect(mounted[0]).toEqual(mounted[2]);
        expect(mounted[0]).not.toEqual(mounted[1]);
        expect(await fixture.read(mounted[1]?.volumePath ?? "", "a.txt")).toBe("alpha");
        await Promise.all(["c1", "c2", "c1"].map((id) => backend.unmountScratch(id)));
        const { volumePath } = await backend.mountScratch("c1");
        expect(await fixture.read(volumePath, "a.txt")).toBe("replaced");
        await backend.unmountScratch("c1");
      });

      it("that are not there are NotFound", async () => {
        for (const call of ["mountScratch", "unmountScratch", "layerFolders", "removeScratch"] as const) {
          await expect(backend[call]("c1"), call).rejects.toMatchObject({ code: "NotFound" });
        }
        expect(await backend.getScratch("c1")).toBeUndefined();
        await expect(scratch("c1", "other")).rejects.toMatchObject({ code: "NotFound" });
      });

      it("have an id that no other has", async () => {
        const results = await Promise.allSettled([scratch("c1", "next"), scratch("c1", "base")]);
        const failures = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
        expect(failures).toEqual([expect.objectContaining({ code: "AlreadyExists" })]);
        expect(await backend.listScratches()).toHaveLength(1);
      });

      it.each([["40GB"], ["53687091200"], ["50g"], ["1T"], ["512m"]])("take the size %s", async (size) => {
        expect(await scratch("c1", "next", { size })).toMatchObject({ id: "c1" });
      });

      it.each([
        ["an unknown option", { sise: "20GB" }],
        ["a negative size", { size: "-1" }],
        ["no size at all", { size: "" }],
        ["a word", { size: "big" }],
        ["a size of nothing", { size: "0" }],
        ["a size with a wrong unit", { size: "20x" }],
      ])("with %s are InvalidArgument, and nothing is made", async (_what, storageOptions) => {
        const before = await remains();
        await expect(scratch("c1", "next", storageOptions as Readonly<Record<string, string>>)).rejects.toMatchObject({
          code: "InvalidArgument",
        });
        expect(await remains()).toEqual(before);
      });
    });

    describe("what a scratch changed", () => {
      beforeEach(async () => {
        await apply("base", undefined, { "a.txt": "alpha", "dir/b.txt": "bee", "dir/c.txt": "sea", "old/d.txt": "dee" });
        await apply("next", "base", { "a.txt": "replaced" });
        await scratch("c1", "next");
      });

      const withMount = async (id: string, work: (volumePath: string) => Promise<void>) => {
        const { volumePath } = await backend.mountScratch(id);
        await work(volumePath);
        await backend.unmountScratch(id);
      };
      const change = (id: string) =>
        withMount(id, async (volumePath) => {
          await fixture.write(volumePath, "a.txt", "changed");
          await fixture.write(volumePath, "new/deep/e.txt", "eee");
          await fixture.write(volumePath, "passing.txt", "gone again");
          await fixture.remove(volumePath, "passing.txt");
          await fixture.remove(volumePath, "dir/b.txt");
          await fixture.remove(volumePath, "old");
        });
      const diff = async (id: string) => {
        const pieces: Uint8Array[] = [];
        for await (const piece of backend.diff(id)) pieces.push(piece);
        return Buffer.concat(pieces);
      };

      it("is nothing at first, and nothing after a mount that changed nothing", async () => {
        expect(await backend.changes("c1")).toEqual([]);
        expect(await backend.scratchSize("c1")).toBe(0);
        await withMount("c1", async () => {});
        expect(await backend.changes("c1")).toEqual([]);
        expect(
          await backend.applyLayer({ chainId: testChainId("same"), parentChainId: testChainId("next"), tar: backend.diff("c1") }),
        ).toMatchObject({ size: 0 });
      });

      it("is told path by path: what is new, what is another, what is gone", async () => {
        await change("c1");
        const changes = await backend.changes("c1");
        // A folder around a change may be told as changed itself.
        expect(changes.filter(({ path }) => path !== "\\dir")).toEqual([
          { path: "\\a.txt", kind: "modified" },
          { path: "\\dir\\b.txt", kind: "deleted" },
          { path: "\\new", kind: "added" },
          { path: "\\new\\deep", kind: "added" },
          { path: "\\new\\deep\\e.txt", kind: "added" },
          { path: "\\old", kind: "deleted" },
        ]);
        const paths = changes.map(({ path }) => path);
        expect(paths).toEqual([...paths].sort());
      });

      it("makes a layer, which shows what the scratch showed", async () => {
        await change("c1");
        const made = await backend.applyLayer({
          chainId: testChainId("made"),
          parentChainId: testChainId("next"),
          tar: backend.diff("c1"),
        });
        expect(made).toMatchObject({ size: 10, parentChainId: testChainId("next") });
        await scratch("c2", "made");
        const read = async (id: string) => {
          const { volumePath } = await backend.mountScratch(id);
          const names = ["a.txt", "new/deep/e.txt", "passing.txt", "dir/b.txt", "dir/c.txt", "old/d.txt"];
          const found = await Promise.all(names.map((name) => fixture.read(volumePath, name)));
          await backend.unmountScratch(id);
          return found;
        };
        expect(await read("c2")).toEqual(["changed", "eee", undefined, undefined, "sea", undefined]);
        expect(await read("c1")).toEqual(await read("c2"));
        expect(await backend.changes("c2")).toEqual([]);
      });

      it("is shown by the layer that was made of it to many that are mounted at once", async () => {
        const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`many/${index % 4}/${index}.txt`, String(index)]));
        await apply("wide", "next", files);
        await scratch("c2", "wide");
        await withMount("c2", async (volumePath) => {
          for (const name of Object.keys(files).slice(2)) await fixture.remove(volumePath, name);
        });
        await backend.applyLayer({ chainId: testChainId("made"), parentChainId: testChainId("wide"), tar: backend.diff("c2") });
        const ids = Array.from({ length: 8 }, (_, index) => `many-${index}`);
        await Promise.all(ids.map((id) => scratch(id, "made")));
        const mounted = await Promise.all(ids.map((id) => backend.mountScratch(id)));
        for (const { volumePath } of mounted) {
          const found = await Promise.all(Object.keys(files).map((name) => fixture.read(volumePath, name)));
          expect(found.filter((text) => text !== undefined)).toEqual(["0", "1"]);
        }
        await Promise.all(ids.map((id) => backend.unmountScratch(id)));
      });

      it("is the same bytes each time, and goes on where it was when the scratch runs again", async () => {
        await change("c1");
        const first = await diff("c1");
        expect(await diff("c1")).toEqual(first);
        await withMount("c1", async (volumePath) => fixture.write(volumePath, "f.txt", "eff"));
        expect(await diff("c1")).not.toEqual(first);
        expect(await backend.changes("c1")).toContainEqual({ path: "\\f.txt", kind: "added" });
      });

      it("is counted in bytes, mounted or not", async () => {
        await change("c1");
        expect(await backend.scratchSize("c1")).toBe(10);
        await withMount("c1", async (volumePath) => {
          await fixture.write(volumePath, "f.txt", "eff");
          expect(await backend.scratchSize("c1")).toBe(13);
        });
      });

      it("cannot be read while it is mounted, nor where there is none", async () => {
        await withMount("c1", async () => {
          await expect(backend.changes("c1")).rejects.toMatchObject({ code: "Conflict" });
          await expect(diff("c1")).rejects.toMatchObject({ code: "Conflict" });
        });
        await expect(backend.changes("c2")).rejects.toMatchObject({ code: "NotFound" });
        await expect(diff("c2")).rejects.toMatchObject({ code: "NotFound" });
        await expect(backend.scratchSize("c2")).rejects.toMatchObject({ code: "NotFound" });
      });

      it("leaves nothing behind when its reader has enough, or is cancelled, and the scratch is free again", async () => {
        await change("c1");
        const before = await remains();
        for await (const _ of backend.diff("c1")) break;
        expect(await remains()).toEqual(before);
        const cancel = new AbortController();
        const cancelled = async () => {
          for await (const _ of backend.diff("c1", cancel.signal)) cancel.abort(new Error("enough"));
        };
        await expect(cancelled()).rejects.toBeDefined();
        await expect(backend.diff("c1", AbortSignal.abort())[Symbol.asyncIterator]().next()).rejects.toBeDefined();
        expect(await remains()).toEqual(before);
        await withMount("c1", async () => {});
        await backend.removeScratch("c1");
      });

      it.each([
        ["mounting", "mountScratch"],
        ["removing", "removeScratch"],
      ] as const)("%s a scratch whose diff nobody reads on ends that diff with Conflict", async (_what, call) => {
        await change("c1");
        const reading = backend.diff("c1")[Symbol.asyncIterator]();
        await reading.next();
        await backend[call]("c1");
        await expect(reading.next()).rejects.toMatchObject({ code: "Conflict", resource: "c1" });
        expect(await reading.next()).toEqual({ done: true, value: undefined });
        if (call === "mountScratch") await backend.unmountScratch("c1");
      });

      it("mounting, unmounting and removing a scratch while its size and changes are read goes on, and leaves nothing behind", async () => {
        const before = await remains();
        const readUntilGone = async (read: () => Promise<unknown>): Promise<unknown[]> => {
          const failures: unknown[] = [];
          for (;;) {
            // A refusal comes at once, and others are to have a turn.
            await setImmediate();
            const failure: unknown = await read().then(
              () => undefined,
              (error: unknown) => error,
            );
            if (isOrielError(failure, "NotFound")) return failures;
            // That it is mounted is no failure of those who want to know its changes.
            if (failure !== undefined && !(isOrielError(failure, "Conflict") && failure.message.includes("mounted")))
              failures.push(failure);
          }
        };
        for (const id of ["r1", "r2", "r3"]) {
          await scratch(id, "next");
          const readers = [
            readUntilGone(() => backend.scratchSize(id)),
            readUntilGone(() => backend.changes(id)),
            readUntilGone(() => backend.scratchSize(id)),
          ];
          for (let n = 0; n < 3; n += 1) await withMount(id, (volumePath) => fixture.write(volumePath, `${n}.txt`, "some"));
          await backend.removeScratch(id);
          expect(await Promise.all(readers)).toEqual([[], [], []]);
        }
        expect(await remains()).toEqual(before);
      });

      it("may be read by several at once", async () => {
        await change("c1");
        const [first, second, changes] = await Promise.all([diff("c1"), diff("c1"), backend.changes("c1")]);
        expect(first).toEqual(second);
        expect(changes).not.toEqual([]);
      });
    });

    describe("a folder of an image", () => {
      let target: string;
      beforeEach(async () => {
        const parent = await mkdtemp(path.join(os.tmpdir(), "oriel-copy-"));
        target = path.join(parent, "copy");
        await apply("base", undefined, { "data/a.txt": "below", "data/gone/x.txt": "x", "data/sub/b.txt": "bee", "other.txt": "other" });
        const lower = await scratch("lower", "base");
        const { volumePath } = await backend.mountScratch(lower.id);
        await fixture.write(volumePath, "data/a.txt", "above");
        await fixture.remove(volumePath, "data/gone");
        await backend.unmountScratch(lower.id);
        await backend.applyLayer({ chainId: testChainId("next"), parentChainId: testChainId("base"), tar: backend.diff(lower.id) });
        await backend.removeScratch(lower.id);
        await scratch("c1", "next");
      });
      afterEach(() => rm(path.dirname(target), { recursive: true, force: true }));
      const copied = async () =>
        (await readdir(path.join(target, "Files"), { recursive: true })).map((name) => name.replaceAll("\\", "/")).sort();

      it("is copied as all layers together show it, in place of what was there, and nothing is left mounted", async () => {
        await mkdir(target);
        await writeFile(path.join(target, "old.txt"), "old");
        expect(await backend.copyFolder({ scratchId: "c1", names: ["DATA"], target })).toBe(true);
        expect(await copied()).toEqual(["DATA", "DATA/a.txt", "DATA/sub", "DATA/sub/b.txt"]);
        expect(await readFile(path.join(target, "Files", "DATA", "a.txt"), "utf8")).toBe("above");
        expect(await backend.copyFolder({ scratchId: "c1", names: ["data", "sub"], target })).toBe(true);
        expect(await copied()).toEqual(["data", "data/sub", "data/sub/b.txt"]);
        expect(journal()).not.toContain("mounted-layer c1");
        await backend.removeScratch("c1");
      });

      it("that has nothing, is a file or is not there makes nothing", async () => {
        for (const names of [["none"], ["data", "gone"], ["other.txt"], ["data", "none", "at all"]]) {
          expect([names, await backend.copyFolder({ scratchId: "c1", names, target }), existsSync(target)]).toEqual([names, false, false]);
        }
      });

      it("is not copied for a scratch that is not there, nor on once it is cancelled", async () => {
        await expect(backend.copyFolder({ scratchId: "c2", names: ["data"], target })).rejects.toMatchObject({ code: "NotFound" });
        const signal = AbortSignal.abort(new UnavailableError("enough", { op: "test" }));
        await expect(backend.copyFolder({ scratchId: "c1", names: ["data"], target, signal })).rejects.toMatchObject({
          code: "Unavailable",
        });
        await backend.removeScratch("c1");
      });
    });

    describe("content", () => {
      layerContentCases(() => ({
        fixture,
        backend,
        base: (layer, files) => apply(layer, undefined, files),
        chainId: testChainId,
      }));
    });

    describe("after a restart", () => {
      const restart = async (owned: { scratches?: readonly string[]; mounted?: readonly string[] } = {}) => {
        backend = await fixture.reopen();
        return backend.reconcile({ scratchIds: new Set(owned.scratches), mountedIds: new Set(owned.mounted) });
      };

      it("layers and owned scratches are there as before", async () => {
        const layers: LayerRecord[] = [await apply("base", undefined, { "a.txt": "alpha" }), await apply("next", "base", { "b.txt": "b" })];
        const record = await scratch("c1", "next");
        expect(await restart({ scratches: ["c1"] })).toEqual({ removed: [], failed: [] });
        const found = await backend.listLayers();
        expect([...found].sort((a, b) => b.size - a.size)).toEqual(layers);
        expect(await backend.getScratch("c1")).toEqual(record);
        const { volumePath } = await backend.mountScratch("c1");
        expect(await fixture.read(volumePath, "b.txt")).toBe("b");
        await backend.unmountScratch("c1");
      });

      it("scratches that nobody owns are removed, and each is reported", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        const before = await remains();
        await scratch("c1", "base");
        await scratch("c2", "base");
        await backend.mountScratch("c2");
        const { removed, failed } = await restart();
        expect(removed.join("\n")).toMatch(/c1[\s\S]*c2|c2[\s\S]*c1/);
        expect(failed).toEqual([]);
        expect(await remains()).toEqual(before);
      });

      it("what was mounted is not any more, and can be mounted again", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        await scratch("c1", "base");
        await backend.mountScratch("c1");
        expect((await restart({ scratches: ["c1"] })).failed).toEqual([]);
        expect(journal()).not.toContain("mounted-layer c1");
        await expect(backend.unmountScratch("c1")).rejects.toMatchObject({ code: "Conflict" });
        const { volumePath } = await backend.mountScratch("c1");
        expect(await fixture.read(volumePath, "a.txt")).toBe("alpha");
        await backend.unmountScratch("c1");
      });

      it("what was being made is removed, and can be made", async () => {
        const begun = Promise.withResolvers<void>();
        const half = stuckAfter(windowsLayerTar({ "a.txt": "alpha" }).subarray(0, 2000), () => begun.resolve());
        // The former process never comes back to it.
        void apply("base", undefined, {}, { tar: half });
        await begun.promise;
        const { removed, failed } = await restart();
        expect({ removed, failed }).toEqual({ removed: [expect.stringContaining(testChainId("base"))], failed: [] });
        expect(await remains()).toEqual([]);
        expect(await apply("base", undefined, { "a.txt": "alpha" })).toMatchObject({ size: 5 });
      });

      it("what was being read is there as before, and what was read into is gone", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        await scratch("c1", "base");
        const { volumePath } = await backend.mountScratch("c1");
        await fixture.write(volumePath, "b.txt", "b");
        await backend.unmountScratch("c1");
        const before = await remains();
        // The former process never comes back to it.
        await backend.diff("c1")[Symbol.asyncIterator]().next();
        expect((await restart({ scratches: ["c1"] })).failed).toEqual([]);
        expect(await remains()).toEqual(before);
        expect(await backend.changes("c1")).toEqual([{ path: "\\b.txt", kind: "added" }]);
      });

      it("what others put there is left alone", async () => {
        await apply("base", undefined, { "a.txt": "alpha" });
        await fixture.putForeignFolder("mine");
        await fixture.putForeignFolder(testChainId("foreign").slice("sha256:".length));
        expect(await restart()).toEqual({ removed: [], failed: [] });
        expect(await fixture.entries()).toHaveLength(3);
        expect(await backend.listLayers()).toHaveLength(1);
      });
    });

    /** Everything that is left of anything: names on disk and lines of the journal. */
    async function remains(): Promise<readonly string[]> {
      return [...(await fixture.entries()), ...journal()].sort();
    }
  });
}

/** A tar that knows how it was treated. */
class WatchedTar implements AsyncIterable<Uint8Array> {
  readonly #data: Uint8Array;
  read = 0;
  givenUp = false;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const pieces = inPieces(this.#data);
    return {
      next: async () => {
        const next = await pieces.next();
        if (next.done === true) this.givenUp = true;
        else this.read += next.value.length;
        return next;
      },
      return: async () => {
        this.givenUp = true;
        return pieces.return(undefined);
      },
    };
  }
}

async function* failing(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
  throw new Error("the source broke");
}

/** Gives the data, tells so when more is asked for, and gives nothing ever after. */
async function* stuckAfter(data: Uint8Array, onStuck: () => void): AsyncGenerator<Uint8Array> {
  yield data;
  onStuck();
  await new Promise<never>(() => {});
}
