import { renameSync } from "node:fs";
import { type Logger, type OrielError, type ResourceJournal, toOrielError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import { removeFolder } from "@oriel/layer-tar";
import { exists } from "./exists.ts";
import type { Owned } from "./graph-layer.ts";
import { unfinished } from "./layer-folders.ts";

/** Something that could not be deleted, and why. */
export interface WaitingRemoval extends Owned {
  readonly error: OrielError;
}

/**
 * Takes layers away. That a layer is to go is written down first, and from then on there is none; what cannot be deleted
 * now stays in the journal and is tried again: a program that looks into a folder must not keep an image or a container
 * from being removed.
 */
export class LayerRemover {
  readonly #calls: HostLayers;
  readonly #journal: ResourceJournal;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, WaitingRemoval>();

  constructor(calls: HostLayers, journal: ResourceJournal, logger: Logger) {
    this.#calls = calls;
    this.#journal = journal;
    this.#logger = logger;
  }

  /** Removes a layer for good, now or later. @throws UnavailableError while a call on it is overdue. */
  async remove(owned: Owned): Promise<void> {
    this.#calls.requireAnswering(owned.folder);
    this.#journal.record(owned.kind, owned.id, { folder: owned.folder, removing: true });
    await this.finish(owned);
  }

  /**
   * Deletes whatever is left of something that is not to be used any more, and clears it from the journal. Answers the
   * error when that did not work; it is tried again later.
   */
  async finish(owned: Owned): Promise<OrielError | undefined> {
    const { kind, id, folder } = owned;
    return this.#attempt(owned, async () => {
      await this.#clearBeside(folder);
      this.#calls.requireAnswering(folder);
      if (exists(folder)) {
        await this.#rename(folder);
        await this.#destroy(`${folder}${unfinished.removing}`);
      }
      await removeStaging(folder);
      this.#journal.clear(kind, id);
    });
  }

  /** The same for what lies beside a layer that stays. */
  async finishBeside(owned: Owned): Promise<OrielError | undefined> {
    return this.#attempt(owned, async () => {
      await this.#clearBeside(owned.folder);
      await removeStaging(owned.folder);
    });
  }

  async #clearBeside(folder: string): Promise<void> {
    for (const suffix of [unfinished.removing, unfinished.importing]) await this.#destroy(`${folder}${suffix}`);
  }

  async #attempt(owned: Owned, work: () => Promise<void>): Promise<OrielError | undefined> {
    const { kind, id } = owned;
    const key = `${kind} ${id}`;
    try {
      await work();
      this.#waiting.delete(key);
      return undefined;
    } catch (thrown) {
      const error = toOrielError(thrown, `${kind}.remove`, id);
      this.#waiting.set(key, { ...owned, error });
      this.#logger.warn({ service: "windowsfilter", [kind]: id, err: error }, `${key} is not wholly deleted yet`);
      return error;
    }
  }

  /** What waits for its deletion. */
  get waiting(): readonly WaitingRemoval[] {
    return [...this.#waiting.values()];
  }

  isWaiting({ kind, id }: Owned): boolean {
    return this.#waiting.has(`${kind} ${id}`);
  }

  /** A disk that is still attached keeps its folder from being renamed: it is detached, and the renaming tried once more. */
  async #rename(folder: string): Promise<void> {
    const removing = `${folder}${unfinished.removing}`;
    try {
      renameSync(folder, removing);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#calls.deactivate(folder);
      renameSync(folder, removing);
    }
  }

  async #destroy(folder: string): Promise<void> {
    this.#calls.requireAnswering(folder);
    if (exists(folder)) await this.#calls.destroy(folder);
  }
}

/** What an import staged beside the layer's folder. What an export wrote there is in the journal on its own. */
async function removeStaging(folder: string): Promise<void> {
  const staging = `${folder}${unfinished.staging}`;
  if (exists(staging)) await removeFolder(staging);
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["EACCES", "EPERM", "EBUSY"].includes(String(error.code));
}
