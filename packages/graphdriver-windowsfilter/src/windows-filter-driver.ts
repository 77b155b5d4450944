import {
  AlreadyExistsError,
  type ApplyLayerOptions,
  ConflictError,
  type CreateScratchOptions,
  type LayerRecord,
  type Logger,
  type MountedScratch,
  type OwnedScratches,
  type RawHcs,
  type ResourceJournal,
  type ScratchRecord,
  type StorageBackend,
  type StorageReconciliation,
  toOrielError,
} from "@oriel/core";
import { KeyedQueue } from "./keyed-queue.ts";
import { LayerCalls } from "./layer-calls.ts";
import { LayerIndex } from "./layer-index.ts";
import { exists, LayerRemover } from "./layer-remover.ts";
import { LayerStore, type Owned } from "./layer-store.ts";
import { LayerUnpacker } from "./layer-unpacker.ts";
import { reconcileStorage } from "./reconcile-storage.ts";
import { ScratchMounts } from "./scratch-mounts.ts";
import { parseScratchSize } from "./size-option.ts";
import { UnreadTar } from "./unread-tar.ts";

export interface WindowsFilterDriverOptions {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  readonly journal: ResourceJournal;
  readonly logger: Logger;
  /** Folder of the engine, absolute; the driver keeps everything in `windowsfilter` below it. */
  readonly root: string;
  /**
   * Milliseconds that a call into the host may take. Calls that work through a whole layer may take fifteen times as long.
   * @default 240000
   */
  readonly callDeadline?: number;
}

/**
 * Layers and scratches in folders of the windowsfilter graph driver, as Docker for Windows lays them out. Work on one
 * layer or container is done in order, on different ones side by side; looking at what there is never waits for the host.
 */
export class WindowsFilterDriver implements StorageBackend {
  readonly name = "windowsfilter";
  readonly #calls: LayerCalls;
  readonly #journal: ResourceJournal;
  readonly #store: LayerStore;
  readonly #remover: LayerRemover;
  readonly #unpacker: LayerUnpacker;
  readonly #mounts: ScratchMounts;
  readonly #queue = new KeyedQueue();
  #index: Promise<LayerIndex> | undefined;

  constructor({ raw, journal, logger, root, callDeadline = 240_000 }: WindowsFilterDriverOptions) {
    this.#calls = new LayerCalls(raw, callDeadline);
    this.#journal = journal;
    this.#store = new LayerStore(root);
    this.#remover = new LayerRemover(this.#calls, journal, logger);
    this.#unpacker = new LayerUnpacker({ calls: this.#calls, journal, store: this.#store, remover: this.#remover });
    this.#mounts = new ScratchMounts(this.#calls, journal, logger);
  }

  async status(): Promise<readonly (readonly [name: string, value: string])[]> {
    const waiting = this.#remover.waiting.length;
    return [["Windows", ""], ...(waiting === 0 ? [] : [["Waiting for deletion", String(waiting)] as const])];
  }

  async getLayer(chainId: string): Promise<LayerRecord | undefined> {
    return (await this.#ready()).layer(chainId);
  }

  async listLayers(): Promise<readonly LayerRecord[]> {
    return (await this.#ready()).layers;
  }

  async applyLayer(options: ApplyLayerOptions): Promise<LayerRecord> {
    const { chainId } = options;
    const tar = new UnreadTar(options.tar);
    try {
      this.#store.layerFolder(chainId);
      return await this.#queue.run(`layer ${chainId}`, () => this.#applyLayer({ ...options, tar }));
    } finally {
      await tar.discard();
    }
  }

  /** Those who ask for the same layer at once wait for the first, and find it made; had that failed, the next one tries. */
  async #applyLayer(options: ApplyLayerOptions): Promise<LayerRecord> {
    const { chainId, parentChainId } = options;
    const index = await this.#ready();
    const there = index.layer(chainId);
    if (there !== undefined) return there;
    const parents = parentChainId === undefined ? [] : index.chain(parentChainId).map((layer) => layer.folder);
    const unpin = parentChainId === undefined ? () => {} : index.pin(parentChainId);
    try {
      const layer = await this.#unpacker.unpack(options, parents);
      index.addLayer(layer);
      return layer;
    } finally {
      unpin();
    }
  }

  async removeLayer(chainId: string): Promise<void> {
    const index = await this.#ready();
    await this.#retryRemovals();
    await this.#queue.run(`layer ${chainId}`, async () => {
      const layer = index.takeLayer(chainId);
      try {
        await this.#remover.remove({ kind: "layer", id: chainId, folder: layer.folder });
      } catch (error) {
        index.addLayer(layer);
        throw error;
      }
    });
  }

  async createScratch(options: CreateScratchOptions): Promise<ScratchRecord> {
    const size = parseScratchSize(options.storageOptions);
    this.#store.scratchFolder(options.id);
    const index = await this.#ready();
    return this.#queue.run(`scratch ${options.id}`, () => this.#createScratch(options, size, index));
  }

  async #createScratch({ id, parentChainId }: CreateScratchOptions, size: bigint, index: LayerIndex): Promise<ScratchRecord> {
    const folder = this.#store.scratchFolder(id);
    const owned: Owned = { kind: "scratch", id, folder };
    await this.#requireFree(owned, index);
    const parents = index.chain(parentChainId).map((layer) => layer.folder);
    const unpin = index.pin(parentChainId);
    try {
      const layers = await this.#calls.describe(parents);
      this.#journal.record("scratch", id, { folder });
      try {
        await this.#calls.createSandboxLayer(folder, layers);
        await this.#calls.expandSandboxSize(folder, size);
        const scratch: ScratchRecord = { id, parentChainId, folder };
        await this.#store.describeScratch(scratch, parents);
        index.addScratch(scratch);
        return scratch;
      } catch (error) {
        await this.#remover.finish(owned);
        throw toOrielError(error, "scratch.create", id);
      }
    } finally {
      unpin();
    }
  }

  /** What a former attempt left is deleted; what somebody else put there is left alone. */
  async #requireFree(owned: Owned, index: LayerIndex): Promise<void> {
    const { id, folder } = owned;
    const taken = () => new AlreadyExistsError(`container ${id} has a layer already`, { op: "scratch.create", resource: id });
    if (index.scratch(id) !== undefined) throw taken();
    if (this.#journal.list("scratch").some((entry) => entry.id === id)) {
      const failure = await this.#remover.finish(owned);
      if (failure !== undefined) throw failure;
    }
    if (await exists(folder)) throw taken();
  }

  async getScratch(id: string): Promise<ScratchRecord | undefined> {
    return (await this.#ready()).scratch(id);
  }

  async listScratches(): Promise<readonly ScratchRecord[]> {
    return (await this.#ready()).scratches;
  }

  async mountScratch(id: string): Promise<MountedScratch> {
    const index = await this.#ready();
    return this.#queue.run(`scratch ${id}`, () => {
      const { folder, parentChainId } = index.requireScratch(id);
      const parents = index.chain(parentChainId).map((layer) => layer.folder);
      return this.#mounts.mount({ id, folder, parents });
    });
  }

  async unmountScratch(id: string): Promise<void> {
    const index = await this.#ready();
    await this.#queue.run(`scratch ${id}`, async () => this.#mounts.unmount(id, index.requireScratch(id).folder));
  }

  async layerFolders(scratchId: string): Promise<readonly string[]> {
    const index = await this.#ready();
    const { folder, parentChainId } = index.requireScratch(scratchId);
    return [...index.chain(parentChainId).map((layer) => layer.folder), folder];
  }

  async removeScratch(id: string): Promise<void> {
    const index = await this.#ready();
    await this.#retryRemovals();
    await this.#queue.run(`scratch ${id}`, async () => {
      const scratch = index.requireScratch(id);
      if (this.#mounts.isMounted(id)) {
        throw new ConflictError(`container ${id}: its layer is mounted`, { op: "scratch.remove", resource: id });
      }
      await this.#remover.remove({ kind: "scratch", id, folder: scratch.folder });
      index.removeScratch(id);
      // A mount that could not be undone is gone with its folder.
      this.#journal.clear("mounted-layer", id);
    });
  }

  async reconcile(owned: OwnedScratches): Promise<StorageReconciliation> {
    const { removed, failed, layers, scratches } = await reconcileStorage({
      calls: this.#calls,
      journal: this.#journal,
      store: this.#store,
      remover: this.#remover,
      mounts: this.#mounts,
      owned,
    });
    this.#index = Promise.resolve(new LayerIndex({ layers, scratches }));
    return { removed, failed };
  }

  /** What could not be deleted before, each in its own turn; a layer of the same name may have been made meanwhile. */
  async #retryRemovals(): Promise<void> {
    for (const owned of this.#remover.waiting) {
      await this.#queue.run(`${owned.kind} ${owned.id}`, async () => {
        if (this.#remover.waiting.includes(owned)) await this.#remover.finish(owned);
      });
    }
  }

  #ready(): Promise<LayerIndex> {
    this.#index ??= this.#store.read().then(
      (content) => new LayerIndex(content),
      (error) => {
        this.#index = undefined;
        throw toOrielError(error, "storage.read", this.#store.folder);
      },
    );
    return this.#index;
  }
}
