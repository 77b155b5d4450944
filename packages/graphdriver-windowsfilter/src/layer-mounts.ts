import { ConflictError, InternalError, type Logger, type ResourceJournal } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import { type GraphLayer, titleOf } from "./graph-layer.ts";

interface Mount {
  count: number;
  readonly path: string;
  /** Whether parents lie under it: never those of a read-only layer; not any more when unmounting failed half-way. */
  prepared: boolean;
}

/**
 * Which layers are mounted or being read, and how often that was asked for. The caller makes sure that calls for the
 * same layer come one after another; layers do not wait for each other, whatever one of them hangs in.
 */
export class LayerMounts {
  readonly #calls: HostLayers;
  readonly #journal: ResourceJournal;
  readonly #logger: Logger;
  readonly #mounts = new Map<string, Mount>();
  readonly #readers = new Map<string, number>();

  constructor(calls: HostLayers, journal: ResourceJournal, logger: Logger) {
    this.#calls = calls;
    this.#journal = journal;
    this.#logger = logger;
  }

  /** Ids of layers that are mounted. */
  get mounted(): readonly string[] {
    return [...this.#mounts.keys()];
  }

  isMounted(id: string): boolean {
    return this.#mounts.has(id);
  }

  /** Where it is mounted; undefined where it is not. */
  pathOf(id: string): string | undefined {
    return this.#mounts.get(id)?.path;
  }

  /** @throws ConflictError while it is mounted, or being read. */
  requireIdle(layer: GraphLayer, op: string): void {
    if (this.#mounts.has(layer.id)) throw conflict(layer, op, "its layer is mounted");
    if (this.#readers.has(layer.id)) throw conflict(layer, op, "its changes are being read");
  }

  /**
   * Returns the volume of a read-write layer, the folder of a read-only one.
   * @param parents folders, immediate parent first
   */
  async get(layer: GraphLayer, parents: readonly string[]): Promise<string> {
    const { id, content } = layer;
    this.#calls.requireAnswering(content);
    const there = this.#mounts.get(id);
    if (there !== undefined) {
      if (layer.kind === "read-write" && !there.prepared) throw conflict(layer, "layer.get", "its layer is only half unmounted");
      there.count += 1;
      return there.path;
    }
    if (this.#readers.has(id)) throw conflict(layer, "layer.get", "its changes are being read");
    return this.#whileJournaled(layer, async (undo) => {
      await this.#attach(layer, parents, undo);
      const found = await this.#calls.mountPath(content);
      if (found === "" && layer.kind === "read-write") {
        throw new InternalError(`${titleOf(layer)}: its layer was mounted, but has no volume`, { op: "GetLayerMountPath", resource: id });
      }
      const path = layer.kind === "read-write" ? withClosingBackslash(found) : found === "" ? content : found;
      this.#mounts.set(id, { count: 1, path, prepared: layer.kind === "read-write" });
      return path;
    });
  }

  /** @throws ConflictError for a call more than `get` had. A failed call leaves it mounted, and can be made again. */
  async put(layer: GraphLayer): Promise<void> {
    const mount = this.#mounts.get(layer.id);
    if (mount === undefined) throw conflict(layer, "layer.put", "its layer is not mounted");
    if (mount.count > 1) {
      mount.count -= 1;
      return;
    }
    this.#calls.requireAnswering(layer.content);
    if (mount.prepared) await this.#calls.unprepare(layer.content);
    mount.prepared = false;
    await this.#calls.deactivate(layer.content);
    this.#mounts.delete(layer.id);
    if (layer.kind === "read-write") this.#journal.clear("mounted-layer", layer.id);
  }

  /** Attaches a layer's disk so that it can be exported; as often as asked for, at once. */
  async beginReading(layer: GraphLayer, parents: readonly string[]): Promise<void> {
    this.#calls.requireAnswering(layer.content);
    if (this.#mounts.has(layer.id)) throw conflict(layer, "layer.diff", "its layer is mounted");
    const readers = this.#readers.get(layer.id) ?? 0;
    if (readers === 0) {
      await this.#whileJournaled(layer, async (undo) => {
        await this.#attach(layer, parents, undo);
        // Its first preparing is what fills a scratch: one that was never prepared cannot be exported.
        if (layer.kind === "read-write") await this.#calls.unprepare(layer.content);
      });
    }
    this.#readers.set(layer.id, readers + 1);
  }

  async endReading(layer: GraphLayer): Promise<void> {
    const readers = this.#readers.get(layer.id) ?? 0;
    if (readers > 1) {
      this.#readers.set(layer.id, readers - 1);
      return;
    }
    this.#readers.delete(layer.id);
    try {
      await this.#calls.deactivate(layer.content);
      if (layer.kind === "read-write") this.#journal.clear("mounted-layer", layer.id);
    } catch (error) {
      // What was read is whole all the same; the next mount or the next start detaches the disk.
      this.#logger.warn({ service: "windowsfilter", layer: layer.id, err: error }, "a layer that was read could not be detached");
    }
  }

  /**
   * Takes over what a former process mounted, counted as one mount. Answers false where the host has no volume of it.
   * @throws OrielError when the host cannot say.
   */
  async adopt(id: string, folder: string): Promise<boolean> {
    const volume = await this.#calls.mountPath(folder);
    if (volume === "") return false;
    this.#mounts.set(id, { count: 1, path: withClosingBackslash(volume), prepared: true });
    return true;
  }

  async #attach(layer: GraphLayer, parents: readonly string[], undo: (() => Promise<void>)[]): Promise<void> {
    const { content } = layer;
    if (layer.kind === "read-only") {
      await this.#calls.activate(content);
      undo.push(() => this.#calls.deactivate(content));
      return;
    }
    await this.#calls.attach(content, parents, undo);
  }

  /** Runs work that attaches a disk; when it throws, undoes it, or leaves it to the next start by the journal. */
  async #whileJournaled<T>(layer: GraphLayer, work: (undo: (() => Promise<void>)[]) => Promise<T>): Promise<T> {
    const { id, kind, content } = layer;
    // A read-only layer has no disk that could stay attached.
    if (kind === "read-write") this.#journal.record("mounted-layer", id, { folder: content });
    const undo: (() => Promise<void>)[] = [];
    try {
      return await work(undo);
    } catch (error) {
      await this.#unwind(layer, undo);
      throw error;
    }
  }

  async #unwind({ id, kind, content }: GraphLayer, undo: (() => Promise<void>)[]): Promise<void> {
    try {
      this.#calls.requireAnswering(content);
      for (const step of undo.reverse()) await step();
      if (kind === "read-write") this.#journal.clear("mounted-layer", id);
    } catch (error) {
      this.#logger.warn({ service: "windowsfilter", layer: id, err: error }, "a failed mount could not be undone; the next start will");
    }
  }
}

function conflict(layer: GraphLayer, op: string, what: string): ConflictError {
  return new ConflictError(`${titleOf(layer)}: ${what}`, { op, resource: layer.id });
}

function withClosingBackslash(volumePath: string): string {
  return volumePath.endsWith("\\") ? volumePath : `${volumePath}\\`;
}
