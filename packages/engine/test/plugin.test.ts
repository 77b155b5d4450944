import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  containerRuntimeToken,
  hostInspectorToken,
  imageStoreToken,
  loggerToken,
  networkBackendToken,
  type OrielConfig,
  type Plugin,
  resourceJournalToken,
  silentLogger,
  storageBackendToken,
} from "@oriel/contracts";
import { startServices } from "@oriel/kernel";
import { fakeContainerRuntime, fakeImageStore, fakeNetworkBackend, fakeStorageBackend } from "@oriel/testkit";
import { expect, it } from "vitest";
import { enginePlugin, engineToken, journalPlugin } from "../src/index.ts";
import { engineVersion } from "../src/version.ts";
import { nano, stubborn, testHost } from "./test-engine.ts";

const deadlines = { call: 240, notification: 240, shutdown: 300, terminate: 300 };

function configOf(root: string): OrielConfig {
  return {
    root,
    hosts: [],
    hcs: "emulated",
    storage: "windowsfilter",
    runtime: "local",
    isolation: "process",
    imageBuilds: "matching",
    maxUnpackedMiB: 1024,
    dnsSearch: [],
    linuxKernels: "",
    plugins: [],
    log: { level: "info" },
    deadlines,
    windows: { vmcompute: "", computestorage: "", virtdisk: "", backup: "", threads: 4 },
    emulator: {
      wine: "",
      rootfs: "auto",
      isolation: "contained",
      network: "auto",
      processes: 4096,
      osVersion: "10.0.20348.2113",
      faults: "",
    },
  };
}

it("the journal serves backends without the engine", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "oriel-plugin-"));
  const services = await startServices([journalPlugin], configOf(root));
  services.resolve(resourceJournalToken).record("scratch", "s1", {});
  expect(await services.close()).toEqual([]);
  const again = await startServices([journalPlugin], configOf(root));
  expect(again.resolve(resourceJournalToken).list()).toHaveLength(1);
  await again.close();
  await rm(root, { recursive: true });
});

it("the engine stops its containers before what it stands on is closed", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "oriel-plugin-"));
  const storage = fakeStorageBackend();
  const images = fakeImageStore([nano], { storage });
  const runtime = fakeContainerRuntime({ program: () => stubborn });
  const networks = fakeNetworkBackend();
  const fakes: Plugin = {
    id: "test.fakes",
    provides: {
      storage: storageBackendToken,
      images: imageStoreToken,
      runtime: containerRuntimeToken,
      networks: networkBackendToken,
      host: hostInspectorToken,
      logger: loggerToken,
    },
    deps: {},
    create: () => ({ storage, images, runtime, networks, host: testHost, logger: silentLogger }),
  };
  const services = await startServices([enginePlugin, journalPlugin, fakes], configOf(root));
  const { containers } = services.resolve(engineToken);
  const { id } = await containers.create({ config: { Image: "oriel/nano", StopTimeout: 0 }, hostConfig: {} });
  await containers.start(id);
  expect(await services.close()).toEqual([]);
  expect(runtime.live).toEqual([]);
  expect(storage.mounts.get(id)).toBe(0);

  const again = await startServices([enginePlugin, journalPlugin, fakes], configOf(root));
  expect((await again.resolve(engineToken).containers.inspect(id)).state.status).toBe("exited");
  await again.close();
  await rm(root, { recursive: true });
});

it("the version is the package's", async () => {
  const { version } = JSON.parse(await readFile(path.resolve(import.meta.dirname, "../package.json"), "utf8")) as { version: string };
  expect(engineVersion).toBe(version);
});
