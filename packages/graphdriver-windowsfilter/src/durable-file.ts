import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Syncer, syncTree } from "@oriel/hcs-bindings";

/**
 * Brings all that is in a folder to the disk, and then gives it these files: each is there whole or not at all, also after
 * a power failure, and they get their names in this order. Where the last is there, so is everything else.
 *
 * @param files short texts by file name
 */
export async function writeLast(folder: string, files: Readonly<Record<string, string>>, syncer: Syncer): Promise<void> {
  const named = Object.entries(files).map(([name, text]) => ({ file: path.join(folder, name), text }));
  try {
    for (const { file, text } of named) writeFileSync(`${file}.new`, text, { mode: 0o600 });
    await syncTree(folder, syncer);
  } catch (error) {
    for (const { file } of named) rmSync(`${file}.new`, { force: true });
    throw error;
  }
  for (const { file } of named) renameSync(`${file}.new`, file);
  // Makes the names last. Windows has no such call, and NTFS does it by its journal.
  await syncer.file(folder);
}
