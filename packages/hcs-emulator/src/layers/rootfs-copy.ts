import { constants } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { findPath } from "../files/case-insensitive.ts";
import { exists, filesOf, ownFolderOf, readLineage } from "./layer-folder.ts";
import type { Rootfs, RootfsLayers } from "./rootfs.ts";

/**
 * The root as a copy of all layers, made on the first start and kept: for hosts that do not let us mount. Where the file
 * system can share blocks (reflink) the copy takes no room; hard links would let a container write into its image.
 */
export const copyRootfs: Rootfs = {
  kind: "copy",

  async attach({ scratch, parents }: RootfsLayers): Promise<string> {
    const root = path.join(ownFolderOf(scratch), "root");
    if (await exists(root)) return root;
    const unfinished = `${root}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    for (const layer of [...parents].reverse()) {
      const { tombstones } = await readLineage(layer);
      for (const name of tombstones) {
        const found = await findPath(unfinished, name.split("/"));
        if (found !== undefined) await rm(found, { recursive: true, force: true });
      }
      await copyInto(filesOf(layer), unfinished);
    }
    await rename(unfinished, root);
    return root;
  },

  async detach(): Promise<void> {},
};

/** Lays the content of `from` over `to`; a file replaces a folder of its name and the other way round. */
async function copyInto(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) {
      const there = await readdir(target).catch(() => undefined);
      if (there === undefined) await rm(target, { force: true });
      await mkdir(target, { recursive: true });
      await copyInto(source, target);
    } else {
      await rm(target, { recursive: true, force: true });
      await cp(source, target, { mode: constants.COPYFILE_FICLONE, preserveTimestamps: true, verbatimSymlinks: true });
    }
  }
}
