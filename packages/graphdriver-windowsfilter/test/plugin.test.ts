import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { type DriverInfo, type OrielConfig, storageBackendToken } from "@oriel/contracts";
import { startServices } from "@oriel/kernel";
import { createFakeRawHcs, hostPlugin } from "@oriel/testkit";
import { expect, test } from "vitest";
import { windowsFilterPlugin } from "../src/index.ts";

test("the plugin gives the engine its storage, and touches no disk before it is used", async () => {
  const config = { root: "/nowhere/oriel", deadlines: { call: 240 } } as OrielConfig;
  await using services = await startServices([windowsFilterPlugin, hostPlugin()], config);
  const storage = services.resolve(storageBackendToken);
  expect(storage.name).toBe("windowsfilter");
  expect(await storage.status()).toEqual([["Windows", ""]]);
});

test("storage = windowsdiff is the driver of that name, in a folder of its own", async () => {
  const calls: string[] = [];
  const { raw } = createFakeRawHcs();
  const layers = {
    ...raw.layers,
    CreateLayer: async (_driver: DriverInfo, folder: string) => {
      calls.push(folder);
      return { hresult: 0x80070005 };
    },
  };
  const root = await mkdtemp(path.join(tmpdir(), "oriel-plugin-"));
  const config = { root, storage: "windowsdiff", deadlines: { call: 240 } } as OrielConfig;
  await using services = await startServices([windowsFilterPlugin, hostPlugin({ raw: { ...raw, layers } })], config);
  const storage = services.resolve(storageBackendToken);
  expect(storage.name).toBe("windowsdiff");
  const chainId = `sha256:${"a".repeat(64)}`;
  await expect(storage.applyLayer({ chainId, tar: Readable.from([]) })).rejects.toThrow();
  expect(calls.map((folder) => path.dirname(folder))).toEqual([path.join(root, "windowsdiff")]);
  await rm(root, { recursive: true });
});
