import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { inPieces, memoryJournal, testChainId, windowsLayerTar } from "@oriel/testkit";
import { expect, test } from "vitest";
import { tryOut } from "../examples/mount-a-scratch.ts";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/mount-a-scratch.ts"));
});

test("the example makes a layer and a scratch, and mounts it", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-windowsfilter-"));
  const raw = createEmulatedHcs({ root, rootfs: "copy" });
  try {
    const journal = memoryJournal();
    const tar = inPieces(windowsLayerTar({ "a.txt": "alpha" }));
    const { size, volumePath } = await tryOut(raw, journal, root, testChainId("base"), tar);
    expect(size).toBe(5);
    expect(volumePath).toMatch(/^\\\\\?\\Volume\{.*\}\\$/);
    expect(journal.list().map(({ kind }) => kind)).toEqual(["layer"]);
  } finally {
    await raw.close();
    await rm(root, { recursive: true, force: true });
  }
});
