import { opendir, rm } from "node:fs/promises";
import path from "node:path";

/** Files that are being removed at once: enough to keep the disk busy. */
const filesAtOnce = 64;

/** Virus scanners and indexers hold files open for moments on Windows. */
const removal = { force: true, maxRetries: 3 } as const;

/**
 * Removes a folder with all that is in it, or a file; what is not there is no error. Node.js' own removal lists a folder
 * whole and begins to remove all files in it in one turn of the event loop: with 300,000 of them that turn takes ten seconds.
 */
export async function removeFolder(folder: string): Promise<void> {
  const directory = await opendir(folder).catch(() => undefined);
  let removing: Promise<void>[] = [];
  for await (const entry of directory ?? []) {
    const child = path.join(folder, entry.name);
    // One folder after another, so that no more is open than the tree is deep.
    if (entry.isDirectory()) await removeFolder(child);
    else removing.push(rm(child, removal));
    if (removing.length < filesAtOnce) continue;
    await Promise.all(removing);
    removing = [];
  }
  await Promise.all(removing);
  await rm(folder, { ...removal, recursive: true });
}
