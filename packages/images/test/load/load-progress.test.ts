import type { ImageProgress } from "@oriel/contracts";
import { type ImageArchiveOptions, imageArchive, inPieces, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

let local: LocalStore;
beforeEach(async () => {
  local = await createLocalStore();
});
afterEach(() => local.dispose());

const layer = (megabytes: number) => windowsLayerTar({ zeros: new Uint8Array(megabytes * 1024 * 1024) });

async function load(options: ImageArchiveOptions): Promise<ImageProgress[]> {
  const reported: ImageProgress[] = [];
  const archive = inPieces(imageArchive(options).data, 256 * 1024);
  await local.store
    .load({ archive, onProgress: (progress) => reported.push(progress) })
    .catch((error) => reported.push({ status: error.code }));
  return reported;
}

it("a small archive that is refused within a layer has reported nothing before, so that the refusal gets a status", async () => {
  const torn = layer(2).subarray(0, 1024 * 1024);
  expect(await load({ images: [{ layers: [torn] }] })).toEqual([{ status: "InvalidArgument" }]);
});

it("a layer is reported when it is there, and a large one on the way", async () => {
  const [small, last] = await load({ images: [{ layers: [layer(1)], tags: ["a:1"] }] });
  expect(small).toMatchObject({ status: "Loading layer", progressDetail: { current: small?.progressDetail?.total } });
  expect(last).toEqual({ stream: "Loaded image: a:1\n" });
  const large = (await load({ images: [{ layers: [layer(12)], tags: ["b:1"] }] })).flatMap(({ progressDetail }) => progressDetail ?? []);
  expect(large.length).toBeGreaterThan(4);
  expect(large.map(({ current }) => current)).toEqual(large.map(({ current }) => current ?? 0).toSorted((a, b) => a - b));
  expect(large.at(-1)?.current).toBe(large.at(-1)?.total);
});
