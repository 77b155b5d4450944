import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import type { OpenSnapshots, OpenStorage } from "@oriel/testkit";
import { measureFolder } from "../src/disk-usage.ts";
import { SnapshotterStorage, WindowsSnapshotter } from "../src/index.ts";
import { MetadataDatabase } from "../src/metadata-database.ts";

/** A snapshotter as a new process has it, and what can be wrong with it. */
async function open(root: string, powerLost = false) {
  const raw = createEmulatedHcs({ root, rootfs: "auto" });
  await raw.start();
  const home = path.join(root, "snapshotter");
  const folder = path.join(home, "snapshots");
  let database: MetadataDatabase | undefined;
  const openDatabase = (file: string) => {
    database = new MetadataDatabase(file);
    return database;
  };
  const snapshotter = new WindowsSnapshotter({
    raw,
    logger: silentLogger,
    root: home,
    openDatabase,
    // So that there are always some that are not known to be on the disk.
    settleDelay: 1000,
    // The machine of a kill run is its disk.
    ...(powerLost ? { machineStart: () => Number.POSITIVE_INFINITY } : {}),
  });
  const rootOf = async (volumePath: string): Promise<string> => {
    for (const entry of await readdir(folder)) {
      const mounted = await raw.layers.GetLayerMountPath({ flavour: 1, homeDir: "" }, path.join(folder, entry));
      if (mounted.path === volumePath) return path.join(folder, entry, ".oriel", "root");
    }
    throw new Error(`nothing is mounted at ${volumePath}`);
  };
  const verify = async () => {
    const problems: string[] = [];
    for (const table of ["loose_folders", "attached_folders"]) {
      for (const { folder: name } of database?.all(`SELECT folder FROM ${table}`) ?? []) problems.push(`${table} has ${name}`);
    }
    for (const entry of await readdir(path.join(home, "work"))) problems.push(`work under way: ${entry}`);
    for await (const { name, kind, parent } of snapshotter.walk()) {
      if (kind !== "committed") continue;
      const below = parent === undefined ? undefined : (await snapshotter.locate(parent)).folder;
      // Files are not counted: the emulated host adds empty ones of its own to a layer that others are mounted on.
      const { size: used } = await measureFolder((await snapshotter.locate(name)).folder, { parent: below });
      const { size: said } = await snapshotter.usage(name);
      if (used !== said) problems.push(`snapshot ${name} takes ${used} bytes, its metadata says ${said}`);
    }
    return problems;
  };
  const close = async () => {
    await snapshotter.close();
    await raw.close();
  };
  return { snapshotter, folder, rootOf, verify, close };
}

export const openStorage: OpenStorage = async (root, journal, powerLost) => {
  const { snapshotter, rootOf, ...rest } = await open(root, powerLost);
  return {
    ...rest,
    backend: new SnapshotterStorage({ snapshotter, journal }),
    read: async (volumePath, name) => readFile(path.join(await rootOf(volumePath), name), "utf8").catch(() => undefined),
    write: async (volumePath, name, text) => {
      const file = path.join(await rootOf(volumePath), name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    remove: async (volumePath, name) => rm(path.join(await rootOf(volumePath), name), { force: true }),
  };
};

export const openSnapshots: OpenSnapshots = async (root, powerLost) => {
  const { rootOf, ...rest } = await open(root, powerLost);
  const { snapshotter } = rest;
  const { failed } = await snapshotter.open();
  const released = await snapshotter.releaseMounts(new Set());
  const problems = [...failed, ...released.failed.map(({ error }) => error)].map(({ message }) => `not mended: ${message}`);
  return {
    ...rest,
    withMounted: async (key, use) => {
      const [mount] = await snapshotter.mounts(key);
      if (mount?.type === "bind") return use(mount.source);
      const volumePath = await snapshotter.mount(key);
      try {
        return await use(await rootOf(volumePath));
      } finally {
        await snapshotter.unmount(key);
      }
    },
    verify: async () => [...problems, ...(await rest.verify())],
  };
};
