import { lstatSync } from "node:fs";
import path from "node:path";
import { type Logger, type OrielError, toOrielError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import type { SnapshotMetadata } from "./snapshot-metadata.ts";

/**
 * Folders that no snapshot has any more. What cannot be deleted now stays written down and is tried again: a program that
 * looks into a folder must not keep a snapshot from being removed.
 */
export class LooseFolders {
  readonly #host: HostLayers;
  readonly #metadata: SnapshotMetadata;
  readonly #logger: Logger;
  /** Absolute path of the folder that they are in. */
  readonly #home: string;
  readonly #waiting = new Map<string, OrielError>();

  constructor(options: { host: HostLayers; metadata: SnapshotMetadata; logger: Logger; home: string }) {
    this.#host = options.host;
    this.#metadata = options.metadata;
    this.#logger = options.logger;
    this.#home = options.home;
  }

  /** Folders that could not be deleted, and why. */
  get waiting(): ReadonlyMap<string, OrielError> {
    return this.#waiting;
  }

  /** Deletes a folder that is written down as loose. Answers the error when that did not work. */
  async delete(folder: string): Promise<OrielError | undefined> {
    const target = path.join(this.#home, folder);
    try {
      this.#host.requireAnswering(target);
      if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) await this.#host.destroy(target);
      this.#metadata.release(folder);
      this.#waiting.delete(folder);
      return undefined;
    } catch (error) {
      const failure = toOrielError(error, "snapshot.delete", folder);
      this.#waiting.set(folder, failure);
      this.#logger.warn({ service: "snapshotter", folder, err: error }, "the folder of a snapshot that is gone is not deleted yet");
      return failure;
    }
  }

  /** Tries those again that could not be deleted. */
  async retry(): Promise<readonly OrielError[]> {
    const failures: OrielError[] = [];
    for (const folder of [...this.#waiting.keys()]) {
      const failure = await this.delete(folder);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  }
}
