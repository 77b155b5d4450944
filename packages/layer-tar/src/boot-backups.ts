import { open } from "node:fs/promises";
import path from "node:path";
import type { DescribedEntry, WriteBytes } from "./entry-content.ts";

/**
 * Boot configuration that ProcessUtilityImage changes in place. Untouched copies at the root of the layer keep the bytes
 * of the tar, so that the layer can be given out again as it came; the names are Docker's.
 */
const backups: ReadonlyMap<string, string> = new Map(
  ["BCD", "BCD.LOG", "BCD.LOG1", "BCD.LOG2"].map((name) => [`UtilityVM/Files/EFI/Microsoft/Boot/${name}`, `${name.toLowerCase()}.bak`]),
);

/** Name of the copy that belongs to a boot file, at the root of the layer. */
export function backupOf(name: string): string | undefined {
  return backups.get(name);
}

/** Runs `write` with a function that sees the data of a boot file on its way and copies it; undefined for other entries. */
export async function withBootBackup(folder: string, entry: DescribedEntry, write: (onData?: WriteBytes) => Promise<void>): Promise<void> {
  const backup = entry.kind === "file" ? backupOf(entry.name) : undefined;
  if (backup === undefined) return write();
  const copy = await open(path.join(folder, backup), "w");
  try {
    await write(async (chunk) => {
      for (let done = 0; done < chunk.length; ) done += (await copy.write(chunk, done)).bytesWritten;
    });
  } finally {
    await copy.close();
  }
}
