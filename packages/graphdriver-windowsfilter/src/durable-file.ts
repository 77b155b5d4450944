import { open, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Writes texts so that each file of the folder is there whole or not at all, also after a power failure. They get their
 * names in this order: where the last is there, so are the others.
 *
 * @param files texts by file name
 */
export async function writeDurably(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const named = Object.entries(files).map(([name, text]) => ({ file: path.join(folder, name), text }));
  const written = await Promise.allSettled(named.map(({ file, text }) => writeFile(`${file}.new`, text, { mode: 0o600, flush: true })));
  const failed = written.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") {
    await Promise.all(named.map(({ file }) => rm(`${file}.new`, { force: true })));
    throw failed.reason;
  }
  for (const { file } of named) await rename(`${file}.new`, file);
  await syncFolder(folder);
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
