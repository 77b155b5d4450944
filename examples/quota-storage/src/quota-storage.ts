import {
  type ApplyLayerOptions,
  type CopyFolderOptions,
  type CreateScratchOptions,
  FailedPreconditionError,
  type LayerRecord,
  type OwnedScratches,
  type StorageBackend,
  type StorageReconciliation,
} from "@oriel/contracts";

export interface QuotaStorageOptions {
  /** Keeps the layers and scratches. */
  readonly inner: StorageBackend;
  /** Bytes that all layers may have together. */
  readonly maxBytes: number;
}

/** Storage whose layers have a quota: one that would exceed it is given up while it is unpacked, and leaves nothing. */
export class QuotaStorage implements StorageBackend {
  /** Shown by `docker info`. A container starts only on the storage of the name that it was created on. */
  readonly name = "quota";
  readonly #inner: StorageBackend;
  readonly #maxBytes: number;
  /** Bytes of each layer, by chain id. */
  #layers: Map<string, number> | undefined;
  /** Bytes of the tars that are being unpacked, as far as they were read. */
  readonly #unpacking = new Map<string, number>();

  constructor({ inner, maxBytes }: QuotaStorageOptions) {
    this.#inner = inner;
    this.#maxBytes = maxBytes;
  }

  async status(): Promise<readonly (readonly [name: string, value: string])[]> {
    const used = total(await this.#known());
    return [...(await this.#inner.status()), ["Layer quota", `${used} of ${this.#maxBytes} bytes`]];
  }

  async applyLayer(options: ApplyLayerOptions): Promise<LayerRecord> {
    const { chainId } = options;
    const layers = await this.#known();
    const exceeded = new AbortController();
    const onProgress = (bytes: number): void => {
      this.#unpacking.set(chainId, bytes);
      if (total(layers) + total(this.#unpacking) > this.#maxBytes) exceeded.abort(this.#refusal(chainId));
      options.onProgress?.(bytes);
    };
    const signal = AbortSignal.any([exceeded.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    try {
      const layer = await this.#inner.applyLayer({ ...options, onProgress, signal });
      layers.set(chainId, layer.size);
      return layer;
    } finally {
      this.#unpacking.delete(chainId);
    }
  }

  async removeLayer(chainId: string): Promise<void> {
    await this.#inner.removeLayer(chainId);
    this.#layers?.delete(chainId);
  }

  async reconcile(owned: OwnedScratches): Promise<StorageReconciliation> {
    const report = await this.#inner.reconcile(owned);
    this.#layers = undefined;
    return report;
  }

  // The rest of the port has nothing to do with the quota.
  getLayer = (chainId: string) => this.#inner.getLayer(chainId);
  listLayers = () => this.#inner.listLayers();
  createScratch = (options: CreateScratchOptions) => this.#inner.createScratch(options);
  getScratch = (id: string) => this.#inner.getScratch(id);
  listScratches = () => this.#inner.listScratches();
  mountScratch = (id: string) => this.#inner.mountScratch(id);
  unmountScratch = (id: string) => this.#inner.unmountScratch(id);
  layerFolders = (scratchId: string) => this.#inner.layerFolders(scratchId);
  diff = (scratchId: string, signal?: AbortSignal) => this.#inner.diff(scratchId, signal);
  changes = (scratchId: string) => this.#inner.changes(scratchId);
  scratchSize = (scratchId: string) => this.#inner.scratchSize(scratchId);
  copyFolder = (options: CopyFolderOptions) => this.#inner.copyFolder(options);
  removeScratch = (id: string) => this.#inner.removeScratch(id);

  async #known(): Promise<Map<string, number>> {
    const found = await this.#inner.listLayers();
    // Calls that came at once share the first list.
    this.#layers ??= new Map(found.map(({ chainId, size }) => [chainId, size]));
    return this.#layers;
  }

  #refusal(chainId: string): FailedPreconditionError {
    const message = `layer ${chainId} does not fit: all layers together may have ${this.#maxBytes} bytes`;
    return new FailedPreconditionError(message, { op: "layer.apply", resource: chainId, remedy: "remove images, or raise the quota" });
  }
}

function total(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
