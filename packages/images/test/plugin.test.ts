import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { imageStoreToken, loggerToken, type OrielConfig, type Plugin, silentLogger, storageBackendToken } from "@oriel/contracts";
import { startServices } from "@oriel/kernel";
import { fakeStorageBackend, imageArchive, inPieces } from "@oriel/testkit";
import { expect, it } from "vitest";
import { imagesPlugin } from "../src/plugin.ts";

it("provides an image store that is open while the engine runs, and keeps its images", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-images-plugin-"));
  const storage = fakeStorageBackend();
  const surroundings: Plugin = {
    id: "test.surroundings",
    provides: { storage: storageBackendToken, logger: loggerToken },
    deps: {},
    create: () => ({ storage, logger: silentLogger }),
  };
  const config = { root, maxUnpackedMiB: 1024 } as OrielConfig;
  const first = await startServices([imagesPlugin, surroundings], config);
  const store = first.resolve(imageStoreToken);
  await store.load({ archive: inPieces(imageArchive({ images: [{ tags: ["a:1"] }] }).data) });
  expect(await first.close()).toEqual([]);
  await expect(store.list()).rejects.toMatchObject({ code: "FailedPrecondition" });

  const second = await startServices([imagesPlugin, surroundings], config);
  expect((await second.resolve(imageStoreToken).list()).map(({ tags }) => tags)).toEqual([["a:1"]]);
  expect(await second.close()).toEqual([]);
  await rm(root, { recursive: true });
});
