import { constants, copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { LayerMetadata } from "../files/layer-metadata.ts";

/** Copies a folder with all below it, by sharing blocks where the file system can. */
export function copyTree(metadata: LayerMetadata, fromRoot: string, from: string, toRoot: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) copyTree(metadata, fromRoot, source, toRoot, target);
    else copyFile(metadata, fromRoot, source, toRoot, target);
  }
  metadata.copy(fromRoot, from, toRoot, to);
}

/** Copies a file or a link; what is there under the name must not be. */
export function copyFile(metadata: LayerMetadata, fromRoot: string, from: string, toRoot: string, to: string): void {
  const stats = lstatSync(from);
  if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if (stats.isFile()) copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  else return;
  metadata.copy(fromRoot, from, toRoot, to);
}
