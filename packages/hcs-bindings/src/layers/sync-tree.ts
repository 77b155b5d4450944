import { execFile } from "node:child_process";
import { closeSync, fstatSync, fsync, lstatSync, openSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { beginSync } from "../native/libc.ts";
import { type FolderEntry, listSmallFolder } from "./small-folder.ts";

const run = promisify(execFile);
const sync = promisify(fsync);

/**
 * Up to here files are synced one by one. Syncing the file system is quicker for many, but waits for what everybody else
 * has written as well: 10,000 files of 20 KB took 0.19 s by it and 1.1 s one by one, ten files 6 ms and 2 ms (ext4).
 */
const FEW = 200;
const AT_ONCE = 16;
/** Bytes of a file up to which its way to the disk is begun before it is waited for. */
const SMALL = 256 * 1024;

/** How things get on disk. */
export interface Syncer {
  file(file: string): Promise<void>;
  /** The same in two steps: begins with a small file, waits for nothing, and returns how to wait for the end. */
  begin(file: string): () => Promise<void>;
  /** Everything of the file system that the folder is in. Whether that could be done. */
  fileSystem(folder: string): Promise<boolean>;
}

/** @param deadline milliseconds that syncing the whole file system may take */
export function hostSyncer(deadline: number): Syncer {
  return { file: syncOne, begin, fileSystem: (folder) => syncFileSystem(folder, deadline) };
}

export interface SyncTreeOptions {
  /** The folder that it lies in, where its own name is to be on disk too. */
  readonly above?: string;
  /**
   * What is in it, from `listSmallFolder`. To list a folder while it is synced is a change of its own, as that notes the
   * time when it was read: another commit of the file system's journal to wait for.
   * @default listed before anything is synced
   */
  readonly listed?: readonly FolderEntry[] | undefined;
}

/** Returns when all files below a folder, and the names of all, are on disk. */
export async function syncTree(folder: string, syncer: Syncer, { above, listed }: SyncTreeOptions = {}): Promise<void> {
  const few = listed ?? listSmallFolder(folder, FEW);
  if (few !== undefined) return syncFew(few, syncer, above);
  if (await syncer.fileSystem(folder)) return;
  await runEach(listAll(folder), (file) => syncer.file(file));
  if (above !== undefined) await syncer.file(above);
}

async function syncFew(few: readonly FolderEntry[], syncer: Syncer, above: string | undefined): Promise<void> {
  const named = (kind: FolderEntry["kind"]) => few.flatMap((entry) => (entry.kind === kind ? entry.path : []));
  const folders = [...named("directory"), ...(above === undefined ? [] : [above])];
  const begun: (() => Promise<void>)[] = [];
  let failure: unknown;
  try {
    for (const file of withoutSecondNames(named("file"))) begun.push(syncer.begin(file));
  } catch (error) {
    failure = error;
  }
  // What is begun is ended, also where another could not be.
  await runEach([...begun, ...folders.map((folder) => () => syncer.file(folder))], (sync) => sync());
  if (failure !== undefined) throw failure;
}

/** A file with several names is synced once; its other names are synced with the folders that they are in. */
function withoutSecondNames(files: readonly string[]): string[] {
  const seen = new Set<string>();
  return files.filter((file) => {
    const { nlink, dev, ino } = lstatSync(file, { bigint: true });
    const known = nlink > 1n && seen.has(`${dev} ${ino}`);
    if (nlink > 1n) seen.add(`${dev} ${ino}`);
    return !known;
  });
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
      await syncDescriptor(openSync(`\\\\.\\${volume}`, "r+"));
    } else await run("sync", ["-f", folder], { timeout: deadline });
    return true;
  } catch {
    // No such program, no such right: file by file, then.
    return false;
  }
}

/** Works on several at once, and begins with as many as that may be before anything else is done. All of them, whatever fails. */
async function runEach<T>(items: Iterable<T> | AsyncIterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const source = Symbol.iterator in items ? items[Symbol.iterator]() : items[Symbol.asyncIterator]();
  const failures: unknown[] = [];
  const workOnRest = async (): Promise<void> => {
    for (;;) {
      const next = source.next();
      const { done, value } = "then" in next ? await next : next;
      if (done === true) return;
      await work(value).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workOnRest));
  if (failures.length > 0) throw failures[0];
}

async function syncOne(file: string): Promise<void> {
  if (process.platform !== "win32") return syncDescriptor(openSync(file, "r"));
  try {
    await syncDescriptor(openSync(file, "r+"));
  } catch (error) {
    // Folders cannot be opened so, and files whose security keeps us out are opened by backup rights only.
    if (!isRefusal(error)) throw error;
  }
}

function begin(file: string): () => Promise<void> {
  if (process.platform === "win32") return () => syncOne(file);
  const descriptor = openSync(file, "r");
  try {
    if (fstatSync(descriptor).size <= SMALL) beginSync(descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return () => syncDescriptor(descriptor);
}

/** Opening and closing need no thread to wait for: they bring nothing to the disk. */
async function syncDescriptor(descriptor: number): Promise<void> {
  try {
    await sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["EISDIR", "EPERM", "EACCES"].includes(String(error.code));
}
