import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { inPieces, memoryJournal, testChainId, windowsLayerTar } from "@oriel/testkit";
import { expect, test } from "vitest";

test("the first example of the README runs", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  // Beside the tests, so that it finds the package's dependencies.
  const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), ".readme");
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-windowsfilter-"));
  const raw = createEmulatedHcs({ root, rootfs: "copy" });
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "example.ts"), example.replace('"@oriel/graphdriver-windowsfilter"', '"../../src/index.ts"'));
    const { tryOut } = await import(path.join(folder, "example.ts"));
    const journal = memoryJournal();
    const tar = inPieces(windowsLayerTar({ "a.txt": "alpha" }));
    const { size, volumePath } = await tryOut(raw, journal, root, testChainId("base"), tar);
    expect(size).toBe(5);
    expect(volumePath).toMatch(/^\\\\\?\\Volume\{.*\}\\$/);
    expect(journal.list().map(({ kind }) => kind)).toEqual(["layer"]);
  } finally {
    await raw.close();
    await rm(root, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
});
