import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { expect, test } from "vitest";
import { tryOut } from "../examples/commit-a-change.ts";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/commit-a-change.ts"));
});

test("the example makes a base and a scratch, and mounts it", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-snapshotter-"));
  const raw = createEmulatedHcs({ root, rootfs: "copy" });
  try {
    const [volume, ...names] = await tryOut(raw, path.join(root, "snapshotter"));
    expect(volume).toMatch(/^\\\\\?\\Volume\{.*\}\\$/);
    expect(names).toEqual(["committed base", "active container"]);
  } finally {
    await raw.close();
    await rm(root, { recursive: true, force: true });
  }
});
