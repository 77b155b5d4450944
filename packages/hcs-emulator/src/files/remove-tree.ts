import { randomUUID } from "node:crypto";
import { chmodSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import path from "node:path";
import { exists } from "../layers/layer-folder.ts";

/**
 * Whether somebody who may do so with files of their own made this fail: by a folder that its owner may not enter, or by folders
 * in each other whose path is longer than the kernel takes.
 */
export function isResistance(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["EACCES", "EPERM", "ENAMETOOLONG"].includes(String(error.code));
}

/** Removes a folder with all that programs of a container left there, however they made it. Follows no link. Synchronous. */
export function removeTree(tree: string): void {
  try {
    rmSync(tree, { recursive: true, force: true });
  } catch (error) {
    if (!exists(tree)) throw error;
    removeByLevels(tree);
  }
}

/** Each folder is moved up before it is looked into, so that no path is long. */
function removeByLevels(tree: string): void {
  const found = [tree];
  for (let folder = found.pop(); folder !== undefined; folder = found.pop()) {
    chmodSync(folder, 0o700);
    // Names of Linux need not be text.
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: "buffer" })) {
      const file = Buffer.concat([Buffer.from(`${folder}${path.sep}`), entry.name]);
      if (!entry.isDirectory()) {
        unlinkSync(file);
        continue;
      }
      // A folder that is moved is written to: it has another one above it.
      chmodSync(file, 0o700);
      const moved = path.join(tree, randomUUID());
      renameSync(file, moved);
      found.push(moved);
    }
    if (folder !== tree) rmdirSync(folder);
  }
  rmdirSync(tree);
}
