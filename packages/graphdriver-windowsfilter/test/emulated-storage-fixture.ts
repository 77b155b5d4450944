import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { RawHcs, ResourceJournal, StorageBackend } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { memoryJournal, type StorageBackendFixture } from "@oriel/testkit";
import { readingVolumes } from "./reading-volumes.ts";

export interface EmulatedStorageOptions {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  readonly journal: ResourceJournal;
  /** Folder that the backend keeps layers and scratches in; not there yet. */
  readonly folder: string;
}

/** What the conformance suite needs of a backend on the emulated host that keeps each scratch in a folder directly below its own. */
export async function emulatedStorageFixture(
  rootfs: "copy" | "overlay",
  create: (options: EmulatedStorageOptions) => StorageBackend,
): Promise<StorageBackendFixture> {
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-storage-"));
  const folder = path.join(root, "storage");
  const journal = memoryJournal();
  const hosts: EmulatedHcs[] = [];
  /** Where this host shows the volume of a mounted scratch. */
  const rootOf = async (volumePath: string): Promise<string> => {
    for (const entry of await readdir(folder)) {
      const scratch = path.join(folder, entry);
      const mounted = await hosts.at(-1)?.layers.GetLayerMountPath({ flavour: 1, homeDir: "" }, scratch);
      if (mounted?.path === volumePath) return path.join(scratch, ".oriel", "root");
    }
    throw new Error(`nothing is mounted at ${volumePath}`);
  };
  const open = () => {
    const host = createEmulatedHcs({ root, rootfs });
    hosts.push(host);
    const raw = { layers: host.layers, win32: readingVolumes(host.win32, rootOf) };
    return create({ raw, journal, folder });
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
      const backend = open();
      await hosts.at(-1)?.start();
      return backend;
    },
    dispose: async () => {
      for (const host of hosts) await host.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
