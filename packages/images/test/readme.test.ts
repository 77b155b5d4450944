import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fakeStorageBackend, recordedImagePath } from "@oriel/testkit";
import { expect, it } from "vitest";
import { loadArchive } from "../examples/load-archive.ts";

it("shows an example that works", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const shown = /```ts\n(.*?)```/s.exec(readme)?.[1];
  expect(shown).toBe(await readFile(new URL("../examples/load-archive.ts", import.meta.url), "utf8"));

  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-images-readme-"));
  expect(await loadArchive(root, fakeStorageBackend(), recordedImagePath("wintest"))).toEqual(["wintest:latest"]);
  await rm(root, { recursive: true });
});
