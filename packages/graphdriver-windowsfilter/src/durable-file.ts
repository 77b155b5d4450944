import { open, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** Writes text so that the file is there whole or not at all, also after a power failure. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flush: true });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

/** Makes renames in a folder last. Windows has no such call, and NTFS does it by its journal. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
