import { storageBackendToken } from "@oriel/contracts";
import { mergeConfig, startServices } from "@oriel/kernel";
import { fakeStorageBackend, hostPlugin, inPieces, testChainId, windowsLayerTar } from "@oriel/testkit";
import { afterEach, expect, it, vi } from "vitest";
import { plugin, QuotaStorage } from "../src/index.ts";

afterEach(() => void vi.unstubAllEnvs());

const layer = (name: string, bytes: number) => ({
  chainId: testChainId(name),
  tar: inPieces(windowsLayerTar({ "a.txt": "x".repeat(bytes) })),
});

it("gives up a layer that exceeds the quota, beside those that are there and those that are made, and takes it once there is room", async () => {
  const inner = fakeStorageBackend();
  const storage = new QuotaStorage({ inner, maxBytes: 50_000 });
  const { size } = await storage.applyLayer(layer("first", 20_000));
  const refused = { code: "FailedPrecondition", message: expect.stringContaining("all layers together may have 50000 bytes") };
  await expect(storage.applyLayer(layer("second", 60_000))).rejects.toMatchObject(refused);
  expect(await storage.listLayers()).toHaveLength(1);
  expect(await storage.status()).toContainEqual(["Layer quota", `${size} of 50000 bytes`]);

  await storage.removeLayer(testChainId("first"));
  await storage.applyLayer(layer("second", 30_000));
  expect(await storage.status()).toContainEqual(["Layer quota", expect.stringMatching(/^3\d{4} of 50000 bytes$/)]);
});

const config = mergeConfig([{ root: "/nowhere/oriel" }], "linux");

it("is a plugin that provides the storage of an engine, with the quota of an environment variable", async () => {
  vi.stubEnv("LAYER_QUOTA_MIB", "2");
  await using services = await startServices([plugin, hostPlugin()], config);
  const storage = services.resolve(storageBackendToken);
  expect(storage.name).toBe("quota");
  expect(await storage.status()).toContainEqual(["Layer quota", "0 of 2097152 bytes"]);
});

it("refuses a quota that is none", async () => {
  vi.stubEnv("LAYER_QUOTA_MIB", "much");
  await expect(startServices([plugin, hostPlugin()], config)).rejects.toThrow('LAYER_QUOTA_MIB must be a whole number of MiB, not "much"');
});
