import { ConflictError, InternalError, type Logger, type MountedScratch, type ResourceJournal } from "@oriel/core";
import type { LayerCalls } from "./layer-calls.ts";

interface Mount {
  count: number;
  readonly volumePath: string;
  /** Whether the parents still lie under it: false when taking it away failed half-way. */
  prepared: boolean;
}

export interface MountRequest {
  readonly id: string;
  readonly folder: string;
  /** Folders, immediate parent first. */
  readonly parents: readonly string[];
}

/**
 * Which scratches are mounted, and how often that was asked for. The caller makes sure that calls for the same scratch
 * come one after another.
 */
export class ScratchMounts {
  readonly #calls: LayerCalls;
  readonly #journal: ResourceJournal;
  readonly #logger: Logger;
  readonly #mounts = new Map<string, Mount>();

  constructor(calls: LayerCalls, journal: ResourceJournal, logger: Logger) {
    this.#calls = calls;
    this.#journal = journal;
    this.#logger = logger;
  }

  isMounted(id: string): boolean {
    return this.#mounts.has(id);
  }

  async mount({ id, folder, parents }: MountRequest): Promise<MountedScratch> {
    this.#calls.requireAnswering(folder);
    const there = this.#mounts.get(id);
    if (there !== undefined) {
      if (!there.prepared)
        throw new ConflictError(`container ${id}: its layer is only half unmounted`, { op: "scratch.mount", resource: id });
      there.count += 1;
      return { volumePath: there.volumePath };
    }
    const layers = await this.#calls.describe(parents);
    this.#journal.record("mounted-layer", id, { folder });
    const undo: (() => Promise<void>)[] = [];
    try {
      await this.#calls.activate(folder);
      undo.push(() => this.#calls.deactivate(folder));
      await this.#calls.prepare(folder, layers);
      undo.push(() => this.#calls.unprepare(folder));
      const volumePath = withClosingBackslash(await this.#mountPathOf(id, folder));
      this.#mounts.set(id, { count: 1, volumePath, prepared: true });
      return { volumePath };
    } catch (error) {
      await this.#unwind(id, folder, undo);
      throw error;
    }
  }

  /** @throws ConflictError for a call more than `mount` had. A failed call leaves it mounted, and can be made again. */
  async unmount(id: string, folder: string): Promise<void> {
    const mount = this.#mounts.get(id);
    if (mount === undefined) {
      throw new ConflictError(`container ${id}: its layer is not mounted`, { op: "scratch.unmount", resource: id });
    }
    if (mount.count > 1) {
      mount.count -= 1;
      return;
    }
    this.#calls.requireAnswering(folder);
    if (mount.prepared) await this.#calls.unprepare(folder);
    mount.prepared = false;
    await this.#calls.deactivate(folder);
    this.#mounts.delete(id);
    this.#journal.clear("mounted-layer", id);
  }

  /**
   * Takes over what a former process mounted, counted as one mount. Answers false where the host has no volume of it.
   * @throws OrielError when the host cannot say.
   */
  async adopt(id: string, folder: string): Promise<boolean> {
    const volumePath = await this.#calls.mountPath(folder);
    if (volumePath === "") return false;
    this.#mounts.set(id, { count: 1, volumePath: withClosingBackslash(volumePath), prepared: true });
    return true;
  }

  async #mountPathOf(id: string, folder: string): Promise<string> {
    const found = await this.#calls.mountPath(folder);
    if (found !== "") return found;
    throw new InternalError(`container ${id}: its layer was mounted, but has no volume`, { op: "GetLayerMountPath", resource: id });
  }

  /** The journal keeps what could not be undone, for the next start. */
  async #unwind(id: string, folder: string, undo: (() => Promise<void>)[]): Promise<void> {
    try {
      this.#calls.requireAnswering(folder);
      for (const step of undo.reverse()) await step();
      this.#journal.clear("mounted-layer", id);
    } catch (error) {
      this.#logger.warn({ service: "windowsfilter", scratch: id, err: error }, "a failed mount could not be undone; the next start will");
    }
  }
}

function withClosingBackslash(volumePath: string): string {
  return volumePath.endsWith("\\") ? volumePath : `${volumePath}\\`;
}
