import {
  type ApplyLayerOptions,
  type CopyFolderOptions,
  type CreateScratchOptions,
  isOrielError,
  KeyedQueue,
  type LayerChange,
  type LayerRecord,
  type MountedScratch,
  NotFoundError,
  type OwnedScratches,
  parseScratchSize,
  type ResourceJournal,
  type ScratchRecord,
  type StorageBackend,
  type StorageReconciliation,
  toOrielError,
  UnreadStream,
} from "@oriel/contracts";
import { reconcileStorage } from "./reconcile-storage.ts";
import { scratchLabels } from "./scratch-labels.ts";
import { asLayer, asScratch, layerLabels, requireChainId, requireScratchId, scratchOwnLabels, storageLabels } from "./storage-records.ts";
import { newUnpackKey } from "./unpack-key.ts";
import type { PlacedSnapshot, WindowsSnapshotter } from "./windows-snapshotter.ts";

export interface SnapshotterStorageOptions {
  readonly snapshotter: WindowsSnapshotter;
  /** Gets a line for each layer, scratch and mount; what the snapshotter has begun stands in its own database. */
  readonly journal: ResourceJournal;
}

/**
 * The engine's storage on a snapshotter: layers are committed snapshots under their chain ids, unpacked through
 * containerd's unpack keys; scratches are active snapshots under the ids of their containers. Snapshots that others made
 * are not seen.
 */
export class SnapshotterStorage implements StorageBackend {
  readonly name = "snapshotter";
  readonly snapshotter: WindowsSnapshotter;
  readonly #journal: ResourceJournal;
  readonly #queue = new KeyedQueue();

  constructor({ snapshotter, journal }: SnapshotterStorageOptions) {
    this.snapshotter = snapshotter;
    this.#journal = journal;
  }

  async status(): Promise<readonly (readonly [name: string, value: string])[]> {
    const waiting = (await this.snapshotter.undeleted()).size;
    return [["Windows", ""], ...(waiting === 0 ? [] : [["Waiting for deletion", String(waiting)] as const])];
  }

  async getLayer(chainId: string): Promise<LayerRecord | undefined> {
    const found = await this.#find(chainId);
    return found === undefined ? undefined : asLayer(found);
  }

  async listLayers(): Promise<readonly LayerRecord[]> {
    return this.#list("layer", asLayer);
  }

  async applyLayer(options: ApplyLayerOptions): Promise<LayerRecord> {
    const tar = new UnreadStream(options.tar);
    try {
      const chainId = requireChainId(options.chainId);
      return await this.#queue.run(`layer ${chainId}`, () => this.#applyLayer({ ...options, tar }), options.signal);
    } catch (error) {
      throw toOrielError(error, "layer.apply", options.chainId);
    } finally {
      await tar.discard();
    }
  }

  /** Those who ask for the same layer at once wait for the first, and find it made; had that failed, the next one tries. */
  async #applyLayer({ chainId, parentChainId, tar, signal, onProgress }: ApplyLayerOptions): Promise<LayerRecord> {
    const there = await this.getLayer(chainId);
    if (there !== undefined) return there;
    const parent = parentChainId === undefined ? undefined : (await this.#requireLayer(parentChainId)).chainId;
    const key = newUnpackKey(chainId);
    this.#journal.record("layer", chainId, { snapshotter: this.snapshotter.root });
    try {
      await this.snapshotter.prepare({ key, labels: layerLabels(), parent });
      const { size } = await this.snapshotter.unpack(key, {
        tar,
        signal,
        onProgress,
      });
      await this.snapshotter.commit({ name: chainId, key, labels: layerLabels(size) });
    } catch (error) {
      await this.#giveUp(key);
      this.#journal.clear("layer", chainId);
      throw error;
    }
    return this.#requireLayer(chainId);
  }

  /** What cannot be removed now is found by `reconcile`. */
  async #giveUp(key: string): Promise<void> {
    await this.snapshotter.remove(key).catch(() => {});
  }

  async removeLayer(chainId: string): Promise<void> {
    await this.#queue.run(`layer ${chainId}`, async () => {
      await this.#requireLayer(chainId);
      await this.snapshotter.remove(chainId);
      this.#journal.clear("layer", chainId);
    });
    await this.#retryRemovals();
  }

  async createScratch({ id, parentChainId, storageOptions }: CreateScratchOptions): Promise<ScratchRecord> {
    const size = parseScratchSize(storageOptions);
    const key = requireScratchId(id);
    return this.#queue.run(`scratch ${id}`, async () => {
      const { chainId: parent } = await this.#requireLayer(parentChainId);
      const known = await this.getScratch(id);
      if (known === undefined) this.#journal.record("scratch", id, { snapshotter: this.snapshotter.root });
      try {
        await this.snapshotter.prepare({ key, parent, labels: { ...scratchOwnLabels(), [scratchLabels.sizeInBytes]: String(size) } });
      } catch (error) {
        if (known === undefined) this.#journal.clear("scratch", id);
        throw error;
      }
      return this.#requireScratch(id);
    });
  }

  async getScratch(id: string): Promise<ScratchRecord | undefined> {
    const found = await this.#find(id);
    return found === undefined ? undefined : asScratch(found);
  }

  async listScratches(): Promise<readonly ScratchRecord[]> {
    return this.#list("scratch", asScratch);
  }

  async mountScratch(id: string): Promise<MountedScratch> {
    return this.#queue.run(`scratch ${id}`, async () => {
      await this.#requireScratch(id);
      this.#journal.record("mounted-layer", id, { snapshotter: this.snapshotter.root });
      try {
        return { volumePath: await this.snapshotter.mount(id) };
      } finally {
        if (!(await this.snapshotter.isMounted(id))) this.#journal.clear("mounted-layer", id);
      }
    });
  }

  async unmountScratch(id: string): Promise<void> {
    await this.#queue.run(`scratch ${id}`, async () => {
      await this.#requireScratch(id);
      await this.snapshotter.unmount(id);
      if (!(await this.snapshotter.isMounted(id))) this.#journal.clear("mounted-layer", id);
    });
  }

  async layerFolders(scratchId: string): Promise<readonly string[]> {
    await this.#requireScratch(scratchId);
    const { folder, parents } = await this.snapshotter.locate(scratchId);
    return [...parents, folder];
  }

  async *diff(scratchId: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    await this.#requireScratch(scratchId);
    yield* this.snapshotter.export(scratchId, signal);
  }

  async changes(scratchId: string): Promise<readonly LayerChange[]> {
    await this.#requireScratch(scratchId);
    return (await this.snapshotter.changes(scratchId)).changes;
  }

  async scratchSize(scratchId: string): Promise<number> {
    await this.#requireScratch(scratchId);
    return this.snapshotter.changedBytes(scratchId);
  }

  async copyFolder({ scratchId, ...options }: CopyFolderOptions): Promise<boolean> {
    await this.#requireScratch(scratchId);
    if (!(await this.snapshotter.hasFolder(scratchId, options.names))) return false;
    const { volumePath } = await this.mountScratch(scratchId);
    try {
      return await this.snapshotter.copyFolder(scratchId, volumePath, options);
    } finally {
      await this.unmountScratch(scratchId);
    }
  }

  async removeScratch(id: string): Promise<void> {
    await this.#queue.run(`scratch ${id}`, async () => {
      await this.#requireScratch(id);
      await this.snapshotter.remove(id);
      this.#journal.clear("scratch", id);
    });
    await this.#retryRemovals();
  }

  async reconcile(owned: OwnedScratches): Promise<StorageReconciliation> {
    return reconcileStorage({ snapshotter: this.snapshotter, journal: this.#journal, owned });
  }

  async #requireLayer(chainId: string): Promise<LayerRecord> {
    return (await this.getLayer(chainId)) ?? missing("layer", chainId);
  }

  async #requireScratch(id: string): Promise<ScratchRecord> {
    return (await this.getScratch(id)) ?? missing("scratch", id);
  }

  async #find(name: string): Promise<PlacedSnapshot | undefined> {
    return this.snapshotter.locate(name).catch((error: unknown) => {
      if (isOrielError(error, "NotFound")) return undefined;
      throw error;
    });
  }

  async #list<T>(kind: string, as: (snapshot: PlacedSnapshot) => T | undefined): Promise<readonly T[]> {
    const found: T[] = [];
    for await (const snapshot of this.snapshotter.walkPlaced(`labels."${storageLabels.kind}"==${kind}`)) {
      const record = as(snapshot);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  /** What was in the way of a former removal may be gone. What still is stays listed in `status`. */
  async #retryRemovals(): Promise<void> {
    await this.snapshotter.cleanup().catch(() => {});
  }
}

function missing(kind: "layer" | "scratch", id: string): never {
  throw new NotFoundError(`there is no ${kind} ${id}`, { op: `${kind}.find`, resource: id });
}
