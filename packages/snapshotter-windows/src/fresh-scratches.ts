import type { KeyedQueue, Logger } from "@oriel/contracts";
import type { PlacedScratch } from "./scratch-use.ts";
import type { SnapshotMetadata } from "./snapshot-metadata.ts";

/** Scratches that are brought to the disk side by side, and written down together. */
const AT_ONCE = 16;

export interface FreshScratchesParts {
  readonly metadata: Pick<SnapshotMetadata, "settle">;
  /** Where work on a snapshot waits for other work on it, by its name. */
  readonly queue: KeyedQueue;
  readonly logger: Logger;
  /** Milliseconds that a new scratch is left alone. */
  readonly delay: number;
  /** Brings a folder, all that is in it, and its name to the disk. */
  readonly sync: (folder: string) => Promise<void>;
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
    const scratches = [...this.#waiting.values()];
    for (let at = 0; at < scratches.length; at += AT_ONCE) {
      const some = scratches.slice(at, at + AT_ONCE);
      await Promise.all(some.map((scratch) => this.#tried(scratch, () => this.#syncWaiting(scratch))));
      await this.#tried(undefined, async () => this.#writeDown(some));
      for (const scratch of some) this.forget(scratch);
    }
  }

  /** Those of them that are waiting still: others have failed, or been used or removed meanwhile. */
  #writeDown(scratches: readonly PlacedScratch[]): void {
    const folders = scratches.map(({ folder }) => folder).filter((folder) => this.#waiting.has(folder));
    if (folders.length > 0) this.#parts.metadata.settle(folders);
  }

  async #syncWaiting(scratch: PlacedScratch): Promise<void> {
    await this.#parts.queue.run(scratch.name, async () => {
      if (this.#waiting.has(scratch.folder)) await this.#sync(scratch);
    });
  }

  /** A scratch that this fails for is no longer waited for: who uses it first tries again, and is told. */
  async #tried(scratch: PlacedScratch | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (scratch !== undefined) this.forget(scratch);
      this.#parts.logger.warn(
        { service: "snapshotter", snapshot: scratch?.name, err: error },
        "new scratches could not be brought to the disk",
      );
    }
  }

  async #sync({ path: folder }: PlacedScratch): Promise<void> {
    try {
      await this.#parts.sync(folder);
    } catch (error) {
      // Attached by somebody else, on Windows: used already, so it must not be made again.
      if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
    }
  }
}
