import { lstat, rename, rm } from "node:fs/promises";
import { type Logger, type OrielError, type ResourceJournal, toOrielError } from "@oriel/core";
import type { LayerCalls } from "./layer-calls.ts";
import { type Owned, unfinished } from "./layer-store.ts";

/**
 * Takes layers and scratches away. What cannot be deleted now stays in the journal and is tried again: a program that
 * looks into a folder must not keep an image or a container from being removed.
 */
export class LayerRemover {
  readonly #calls: LayerCalls;
  readonly #journal: ResourceJournal;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, Owned>();

  constructor(calls: LayerCalls, journal: ResourceJournal, logger: Logger) {
    this.#calls = calls;
    this.#journal = journal;
    this.#logger = logger;
  }

  /**
   * Takes the folder's name away, after which it is no layer any more, then deletes it.
   * @throws OrielError when the folder cannot be renamed: it is as it was then.
   */
  async remove(owned: Owned): Promise<void> {
    this.#calls.requireAnswering(owned.folder);
    const removing = `${owned.folder}${unfinished.removing}`;
    try {
      if (await exists(removing)) await this.#calls.destroy(removing);
      await rename(owned.folder, removing);
    } catch (error) {
      throw toOrielError(error, `${owned.kind}.remove`, owned.id);
    }
    await this.finish(owned);
  }

  /**
   * Deletes whatever is left of something that is not to be used any more, and clears it from the journal. Answers the
   * error when that did not work; it is tried again later.
   */
  async finish(owned: Owned): Promise<OrielError | undefined> {
    const key = `${owned.kind} ${owned.id}`;
    try {
      for (const suffix of ["", unfinished.importing, unfinished.removing]) {
        const folder = `${owned.folder}${suffix}`;
        this.#calls.requireAnswering(folder);
        if (await exists(folder)) await this.#calls.destroy(folder);
      }
      await rm(`${owned.folder}${unfinished.staging}`, { recursive: true, force: true });
      this.#waiting.delete(key);
      this.#journal.clear(owned.kind, owned.id);
      return undefined;
    } catch (error) {
      this.#waiting.set(key, owned);
      this.#logger.warn({ service: "windowsfilter", [owned.kind]: owned.id, err: error }, `${key} is not wholly deleted yet`);
      return toOrielError(error, `${owned.kind}.remove`, owned.id);
    }
  }

  /** What waits for its deletion. */
  get waiting(): readonly Owned[] {
    return [...this.#waiting.values()];
  }
}

export async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
