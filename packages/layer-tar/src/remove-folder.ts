import { lstat, opendir, rm, rmdir, unlink } from "node:fs/promises";
import path from "node:path";

/** Files that are being removed at once: enough to keep the disk busy. */
const filesAtOnce = 64;

/**
 * Removes a folder with all that is in it, or a file; what is not there is no error. Node.js' own removal lists a folder
 * whole and begins to remove all files in it in one turn of the event loop: with 300,000 of them that turn takes ten seconds.
 */
export async function removeFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  // A link is removed itself; listing it would go to what it leads to.
  const directory = found?.isDirectory() === true ? await opendir(folder).catch(() => undefined) : undefined;
  let removing: Promise<void>[] = [];
  for await (const entry of directory ?? []) {
    const child = path.join(folder, entry.name);
    // One folder after another, so that no more is open than the tree is deep.
    if (entry.isDirectory()) await removeFolder(child);
    // What cannot be removed so is tried again, and reported, with its folder.
    else removing.push(unlink(child).catch(() => {}));
    if (removing.length < filesAtOnce) continue;
    await Promise.all(removing);
    removing = [];
  }
  await Promise.all(removing);
  // Virus scanners and indexers hold files open for moments on Windows.
  await rmdir(folder).catch(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
}
