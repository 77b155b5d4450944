import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { memoryJournal, type StorageBackendFixture, storageBackendContract } from "@oriel/testkit";
import { SnapshotterStorage, WindowsSnapshotter } from "../src/index.ts";
import { MetadataDatabase } from "../src/metadata-database.ts";

async function createFixture(rootfs: "copy" | "overlay"): Promise<StorageBackendFixture> {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-snapshotter-"));
  const home = path.join(root, "snapshotter");
  const folder = path.join(home, "snapshots");
  const journal = memoryJournal();
  const hosts: EmulatedHcs[] = [];
  const databases: MetadataDatabase[] = [];
  const open = () => {
    const raw = createEmulatedHcs({ root, rootfs });
    hosts.push(raw);
    const openDatabase = (file: string) => {
      const database = new MetadataDatabase(file);
      databases.push(database);
      return database;
    };
    const snapshotter = new WindowsSnapshotter({ raw, logger: silentLogger, root: home, openDatabase });
    return new SnapshotterStorage({ snapshotter, journal });
  };
  /** Where this host shows the volume of a mounted scratch. */
  const rootOf = async (volumePath: string): Promise<string> => {
    for (const entry of await readdir(folder)) {
      const scratch = path.join(folder, entry);
      const mounted = await hosts.at(-1)?.layers.GetLayerMountPath({ flavour: 1, homeDir: "" }, scratch);
      if (mounted?.path === volumePath) return path.join(scratch, ".oriel", "root");
    }
    throw new Error(`nothing is mounted at ${volumePath}`);
  };
  return {
    backend: open(),
    journal,
    folder,
    entries: () => readdir(folder).catch(() => []),
    putForeignFolder: async (name) => {
      await mkdir(path.join(folder, name));
      await writeFile(path.join(folder, name, "keep.txt"), "keep");
    },
    read: async (volumePath, name) => readFile(path.join(await rootOf(volumePath), name), "utf8").catch(() => undefined),
    write: async (volumePath, name, text) => {
      const file = path.join(await rootOf(volumePath), name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    remove: async (volumePath, name) => rm(path.join(await rootOf(volumePath), name), { recursive: true }),
    reopen: async () => {
      // A process that is killed keeps no lock, and ends nothing that it has begun.
      databases.at(-1)?.close();
      const backend = open();
      await hosts.at(-1)?.start();
      return backend;
    },
    dispose: async () => {
      for (const database of databases) database.close();
      for (const host of hosts) await host.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

storageBackendContract("snapshotter on the emulated host, copied roots", () => createFixture("copy"));

const probe = await createEmulatedHcs({ root: os.tmpdir(), rootfs: "auto" }).describe();
const skip = probe.rootfs === "overlay" ? undefined : "this host does not let us mount overlays; run as root on Linux";
storageBackendContract("snapshotter on the emulated host, overlay mounts", () => createFixture("overlay"), { skip });
