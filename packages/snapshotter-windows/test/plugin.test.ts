import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type OrielConfig, storageBackendToken } from "@oriel/contracts";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { startServices } from "@oriel/kernel";
import { hostPlugin } from "@oriel/testkit";
import { expect, test } from "vitest";
import { windowsSnapshotterPlugin } from "../src/index.ts";

test("the plugin gives the engine its storage, touches no disk before it is used, and gives the root up at the end", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-snapshotter-"));
  const raw = createEmulatedHcs({ root, rootfs: "copy" });
  const host = hostPlugin({ raw });
  const config = { root, deadlines: { call: 240 } } as OrielConfig;
  try {
    for (const round of [1, 2]) {
      const services = await startServices([windowsSnapshotterPlugin, host], config);
      const storage = services.resolve(storageBackendToken);
      expect(storage.name).toBe("snapshotter");
      if (round === 1) expect(await readdir(root)).toEqual([]);
      expect(await storage.status()).toEqual([["Windows", ""]]);
      expect(await readdir(path.join(root, "snapshotter"))).toContain("metadata.db");
      expect(await services.close()).toEqual([]);
    }
  } finally {
    await raw.close();
    await rm(root, { recursive: true, force: true });
  }
});
