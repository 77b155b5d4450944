import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import type { OpenStorage } from "@oriel/testkit";
import { WindowsFilterStorage } from "../src/index.ts";

export const openStorage: OpenStorage = async (root, journal) => {
  const raw = createEmulatedHcs({ root, rootfs: "auto" });
  await raw.start();
  const folder = path.join(root, "windowsfilter");
  const rootOf = async (volumePath: string): Promise<string> => {
    for (const entry of await readdir(folder)) {
      const mounted = await raw.layers.GetLayerMountPath({ flavour: 1, homeDir: "" }, path.join(folder, entry));
      if (mounted.path === volumePath) return path.join(folder, entry, ".oriel", "root");
    }
    throw new Error(`nothing is mounted at ${volumePath}`);
  };
  return {
    backend: new WindowsFilterStorage({ raw, journal, logger: silentLogger, home: folder }),
    folder,
    read: async (volumePath, name) => readFile(path.join(await rootOf(volumePath), name), "utf8").catch(() => undefined),
    write: async (volumePath, name, text) => {
      const file = path.join(await rootOf(volumePath), name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    remove: async (volumePath, name) => rm(path.join(await rootOf(volumePath), name), { force: true }),
    close: () => raw.close(),
  };
};
