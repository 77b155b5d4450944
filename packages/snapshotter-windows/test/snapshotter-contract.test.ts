import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { type SnapshotterFixture, snapshotterContract } from "@oriel/testkit";
import { WindowsSnapshotter } from "../src/index.ts";
import { MetadataDatabase } from "../src/metadata-database.ts";

async function createFixture(rootfs: "copy" | "overlay"): Promise<SnapshotterFixture> {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-snapshotter-"));
  const home = path.join(root, "snapshotter");
  const raw = createEmulatedHcs({ root, rootfs });
  const databases: MetadataDatabase[] = [];
  const openDatabase = (file: string) => {
    const database = new MetadataDatabase(file);
    databases.push(database);
    return database;
  };
  const open = () => new WindowsSnapshotter({ raw, logger: silentLogger, root: home, openDatabase });
  return {
    snapshotter: open(),
    layers: raw.layers,
    shown: async (scratch) => path.join(scratch, ".oriel", "root"),
    entries: () => readdir(path.join(home, "snapshots")).catch(() => []),
    reopen: async () => {
      // A process that is killed keeps no lock, and ends nothing that it has begun.
      databases.at(-1)?.close();
      return open();
    },
    dispose: async () => {
      for (const database of databases) database.close();
      await raw.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

snapshotterContract("the Windows snapshotter on the emulated host, copied roots", () => createFixture("copy"));

const probe = await createEmulatedHcs({ root: os.tmpdir(), rootfs: "auto" }).describe();
const skip = probe.rootfs === "overlay" ? undefined : "this host does not let us mount overlays; run as root on Linux";
snapshotterContract("the Windows snapshotter on the emulated host, overlay mounts", () => createFixture("overlay"), { skip });
