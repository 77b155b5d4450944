import { imageArchive, inPieces } from "@oriel/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

let local: LocalStore;
beforeEach(async () => {
  local = await createLocalStore();
});
afterEach(() => local.dispose());

it("an image with 2,000 tags is listed without reading its names again, until something is written", async () => {
  const tags = Array.from({ length: 2000 }, (_, index) => `a:t${index}`);
  await local.store.load({ archive: inPieces(imageArchive({ images: [{ tags }] }).data, 64 * 1024) });
  const [first] = await local.store.list();
  expect(first?.tags).toEqual(tags.toSorted());
  expect((await local.store.list())[0]).toBe(first);
  await local.store.tag("a:t1", "b:1");
  expect((await local.store.list())[0]?.tags).toHaveLength(2001);
  await local.store.remove("b:1", { force: false, inUse: () => [] });
  expect((await local.store.list())[0]?.tags).toEqual(tags.toSorted());
  await local.store.remove(first?.id ?? "", { force: true, inUse: () => [] });
  expect(await local.store.list()).toEqual([]);
});
