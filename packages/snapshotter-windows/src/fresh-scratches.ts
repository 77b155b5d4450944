import type { KeyedQueue, Logger } from "@oriel/core";
import { hostSyncer, syncTree } from "@oriel/hcs-bindings";
import type { PlacedScratch } from "./scratch-use.ts";
import type { SnapshotFolders } from "./snapshot-folders.ts";
import type { SnapshotMetadata } from "./snapshot-metadata.ts";

/** Scratches that are brought to the disk side by side, and written down together. */
const AT_ONCE = 16;

export interface FreshScratchesParts {
  readonly metadata: SnapshotMetadata;
  readonly folders: SnapshotFolders;
  /** Where work on a snapshot waits for other work on it, by its name. */
  readonly queue: KeyedQueue;
  readonly logger: Logger;
  /** Milliseconds that a new scratch is left alone. */
  readonly delay: number;
  /** Milliseconds that syncing the whole file system may take. */
  readonly deadline: number;
}

/**
 * Scratches that were made just now, and are not known to be on the disk. They are brought there before they are first
 * used, or a moment after they were made, and never when they are gone by then. Where the machine ends before the metadata says
 * that it was done, the next start makes them again: as empty as they were.
 */
export class FreshScratches {
  readonly #parts: FreshScratchesParts;
  /** By folder. */
  readonly #waiting = new Map<string, PlacedScratch>();
  #timer: NodeJS.Timeout | undefined;
  #settling: Promise<void> = Promise.resolve();

  constructor(parts: FreshScratchesParts) {
    this.#parts = parts;
  }

  add(scratch: PlacedScratch): void {
    this.#waiting.set(scratch.folder, scratch);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#settling = this.#settling.then(() => this.#settleWaiting());
    }, this.#parts.delay).unref();
  }

  /** It is no scratch any more. */
  forget({ folder }: Pick<PlacedScratch, "folder">): void {
    this.#waiting.delete(folder);
  }

  /** Brings a scratch to the disk, and writes that down. To keep others from it is the caller's. */
  async settle(scratch: PlacedScratch): Promise<void> {
    await this.#sync(scratch);
    this.#parts.metadata.settle([scratch.folder]);
    this.forget(scratch);
  }

  /** Brings all of them to the disk. None may be added any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#settling;
    await this.#settleWaiting();
  }

  async #settleWaiting(): Promise<void> {
    const { metadata, queue, logger } = this.#parts;
    const scratches = [...this.#waiting.values()];
    for (let at = 0; at < scratches.length; at += AT_ONCE) {
      const some = scratches.slice(at, at + AT_ONCE);
      try {
        await Promise.all(some.map((scratch) => queue.run(scratch.name, () => this.#syncWaiting(scratch))));
        const folders = some.map(({ folder }) => folder).filter((folder) => this.#waiting.has(folder));
        if (folders.length > 0) metadata.settle(folders);
      } catch (error) {
        // Whoever uses them first tries again, and is told.
        logger.warn({ service: "snapshotter", err: error }, "new scratches could not be brought to the disk");
      }
      for (const scratch of some) this.forget(scratch);
    }
  }

  async #syncWaiting(scratch: PlacedScratch): Promise<void> {
    if (this.#waiting.has(scratch.folder)) await this.#sync(scratch);
  }

  async #sync({ path: folder }: PlacedScratch): Promise<void> {
    const { folders, deadline } = this.#parts;
    try {
      await syncTree(folder, hostSyncer(deadline), { above: folders.snapshots });
    } catch (error) {
      // Attached by somebody else, on Windows: used already, so it must not be made again.
      if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
    }
  }
}
