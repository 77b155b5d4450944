import { execFile } from "node:child_process";
import { type FileHandle, open, readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Up to here files are synced one by one. Syncing the file system is quicker for many, but waits for what everybody else
 * has written as well: 10,000 files of 20 KB took 0.19 s by it and 1.1 s one by one, ten files 6 ms and 2 ms (ext4).
 */
const FEW = 200;
const AT_ONCE = 16;

/** How things get on disk. */
export interface Syncer {
  file(file: string): Promise<void>;
  /** Everything of the file system that the folder is in. Whether that could be done. */
  fileSystem(folder: string): Promise<boolean>;
}

/** @param deadline milliseconds that syncing the whole file system may take */
export function hostSyncer(deadline: number): Syncer {
  return { file: syncOne, fileSystem: (folder) => syncFileSystem(folder, deadline) };
}

/** Answers when all files below a folder, and the names of all, are on disk. */
export async function syncTree(folder: string, syncer: Syncer): Promise<void> {
  const few = await listFew(folder);
  if (few === undefined && (await syncer.fileSystem(folder))) return;
  await syncEach(few ?? listAll(folder), syncer);
}

/** The files and folders of the tree, unless they are many. */
async function listFew(folder: string): Promise<string[] | undefined> {
  const found: string[] = [];
  for await (const entry of listAll(folder)) {
    if (found.length === FEW) return undefined;
    found.push(entry);
  }
  return found;
}

/** All files, and folders after what is in them. Links have no content, and nothing else is in a layer. */
async function* listAll(folder: string): AsyncGenerator<string, void, undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* listAll(name);
    else if (entry.isFile()) yield name;
  }
  yield folder;
}

/** Whether all that was written to the file system is on disk now. Node.js has no such call. */
async function syncFileSystem(folder: string, deadline: number): Promise<boolean> {
  try {
    if (process.platform === "win32") {
      // FlushFileBuffers on a volume handle flushes all open files of the volume; an administrator may open one.
      // https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-flushfilebuffers
      const volume = path.parse(path.resolve(folder)).root.replace(/\\$/, "");
      await syncHandle(await open(`\\\\.\\${volume}`, "r+"));
    } else await run("sync", ["-f", folder], { timeout: deadline });
    return true;
  } catch {
    // No such program, no such right: file by file, then.
    return false;
  }
}

async function syncEach(files: Iterable<string> | AsyncIterable<string>, syncer: Syncer): Promise<void> {
  const waiting = new Set<Promise<void>>();
  for await (const file of files) {
    const synced = syncer.file(file).finally(() => waiting.delete(synced));
    waiting.add(synced);
    if (waiting.size >= AT_ONCE) await Promise.race(waiting);
  }
  await Promise.all(waiting);
}

async function syncOne(file: string): Promise<void> {
  if (process.platform !== "win32") return syncHandle(await open(file, "r"));
  try {
    await syncHandle(await open(file, "r+"));
  } catch (error) {
    // Folders cannot be opened so, and files whose security keeps us out are opened by backup rights only.
    if (!isRefusal(error)) throw error;
  }
}

async function syncHandle(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["EISDIR", "EPERM", "EACCES"].includes(String(error.code));
}
