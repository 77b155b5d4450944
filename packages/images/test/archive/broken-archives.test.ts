import { gzipSync } from "node:zlib";
import { imageArchive, inPieces, windowsLayerTar } from "@oriel/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

const images = [{ tags: ["a:1"], layers: [windowsLayerTar({ "a.txt": "a" }), windowsLayerTar({ "b.txt": "b" })] }];
const archives = {
  docker: imageArchive({ format: "docker", images }).data,
  oci: imageArchive({ format: "oci", images }).data,
  hybrid: imageArchive({ format: "hybrid", images, layerCompression: "gzip" }).data,
  gzip: gzipSync(imageArchive({ format: "docker", images }).data),
};
const kinds = Object.keys(archives) as (keyof typeof archives)[];

describe("broken archives", () => {
  let local: LocalStore;
  beforeAll(async () => {
    local = await createLocalStore();
  });
  afterAll(() => local.dispose());

  /** Loads; what fails must say so properly and leave nothing, what loads is removed again. */
  const check = async (data: Uint8Array, pieceSize?: number): Promise<"loaded" | "refused"> => {
    let outcome: "loaded" | "refused" = "loaded";
    try {
      const records = await local.store.load({ archive: inPieces(data, pieceSize) });
      for (const { id } of records) await local.store.remove(id, { force: true, inUse: () => [] });
    } catch (error) {
      expect(error).toMatchObject({ code: "InvalidArgument" });
      outcome = "refused";
    }
    expect(await local.store.list()).toEqual([]);
    expect(await local.storage.listLayers()).toEqual([]);
    expect(await local.content()).toEqual([]);
    return outcome;
  };

  it.each(["docker", "oci"] as const)("leave nothing when a %s archive is cut at any block", async (kind) => {
    const data = archives[kind];
    const outcomes: string[] = [];
    for (let length = 0; length <= data.length; length += 512) outcomes.push(await check(data.subarray(0, length)));
    // Only the blocks of zeros at the end can be missing.
    expect(outcomes.slice(-3)).toEqual(["loaded", "loaded", "loaded"]);
    expect(outcomes.slice(0, -3)).not.toContain("loaded");
  });

  it("leave nothing when cut anywhere, read in pieces of any size", async () => {
    const cut = fc.tuple(fc.constantFrom(...kinds), fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 13, max: 9000 }));
    await fc.assert(
      fc.asyncProperty(cut, async ([kind, fraction, pieceSize]) => {
        const data = archives[kind];
        await check(data.subarray(0, Math.floor(data.length * fraction)), pieceSize);
      }),
      { numRuns: 80 },
    );
  });

  it("leave nothing when bytes are changed anywhere", async () => {
    const change = fc.record({
      kind: fc.constantFrom(...kinds),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ kind, at, bytes }) => {
        const data = Buffer.from(archives[kind]);
        const offset = Math.floor((data.length - bytes.length) * at);
        data.set(bytes, offset);
        await check(data);
      }),
      { numRuns: 150 },
    );
  });

  it("leave nothing when a tar header says anything", async () => {
    const data = archives.docker;
    const change = fc.record({
      field: fc.constantFrom([0, 100], [124, 12], [156, 1], [157, 100], [257, 8], [345, 155]),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ field: [start = 0, length = 1], bytes }) => {
        const broken = Buffer.from(data);
        broken.set(bytes.subarray(0, length), start);
        broken.write("        ", 148, "latin1");
        const sum = broken.subarray(0, 512).reduce((total, byte) => total + byte, 0);
        broken.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
        await check(broken);
      }),
      { numRuns: 150 },
    );
  });

  it("lets go of a source that never ends", async () => {
    let read = 0;
    const endless = async function* () {
      yield archives.docker.subarray(0, 512);
      for (;;) {
        read++;
        yield Buffer.alloc(4096, "x");
      }
    };
    await expect(local.store.load({ archive: endless() })).rejects.toMatchObject({ code: "InvalidArgument" });
    expect(read).toBeLessThan(100);
  });
});
