import { posix } from "../native/posix.ts";
import type { LayerThreads } from "../threads/layer-threads.ts";
import { FileCalls } from "./file-calls.ts";
import { LayerMetadata } from "./layer-metadata.ts";
import { LayerPaths } from "./layer-paths.ts";
import { type OpenBackup, type OpenFileCalls, OpenReader, OpenWriter } from "./open-backup.ts";

/** Calls for one folder that are done at once: a small layer has no more, and to a large one they are nothing. */
const maxCalls = 16;
/** Folders whose calls are counted. */
const maxRoots = 64;

/**
 * The first calls for the files of a folder, as far as they are small, done on the thread of the caller: to wake the one
 * for files and to be woken by it takes longer than they do. Each answers undefined for what that thread is to do.
 */
export class FilesAtOnce {
  readonly #threads: LayerThreads;
  /** By folder, the one that was heard of last at the end. */
  readonly #calls = new Map<string, number>();
  #files: FileCalls | undefined;

  constructor(threads: LayerThreads) {
    this.#threads = threads;
  }

  /** A folder that is there, to be written to: to its metadata, that is. @throws as FileCalls */
  openFolder(root: string, wanted: string): OpenBackup | undefined {
    const files = this.#next(root);
    const id = files?.openFolder(root, wanted);
    return files === undefined || id === undefined ? undefined : new OpenWriter(this.#openCalls(files, root), id);
  }

  /** A small file, or what has no data. @throws as FileCalls */
  openReader(root: string, wanted: string): OpenBackup | undefined {
    const files = this.#next(root);
    const opened = files?.openSmall(root, wanted);
    return files === undefined || opened === undefined ? undefined : new OpenReader(this.#openCalls(files, root), opened);
  }

  /** Names in a small folder. @throws as FileCalls */
  list(root: string, wanted: string): string[] | undefined {
    return this.#next(root)?.listSmall(root, wanted);
  }

  /** undefined for a folder that has had its first calls. */
  #next(root: string): FileCalls | undefined {
    const before = this.#calls.get(root) ?? 0;
    if (before >= maxCalls) return undefined;
    this.#calls.delete(root);
    this.#calls.set(root, before + 1);
    const [oldest = root] = this.#calls.keys();
    if (this.#calls.size > maxRoots) this.#calls.delete(oldest);
    // What the thread makes and removes is not told to this one, so nothing is remembered.
    this.#files ??= new FileCalls(posix(), new LayerMetadata(posix()), new LayerPaths(false));
    return this.#files;
  }

  #openCalls(files: FileCalls, root: string): OpenFileCalls {
    return {
      buffers: this.#threads.buffers,
      write: async (...values) => files.write(...values),
      read: async (...values) => files.read(...values),
      facts: async (...values) => files.facts(...values),
      close: async (id, bytes, info) => {
        files.close(id, bytes, info);
        // It may be a link now.
        if (bytes !== undefined) this.#threads.tell("forget", root);
      },
    };
  }
}
