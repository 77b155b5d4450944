import {
  type ApplyLayerOptions,
  type CopyFolderOptions,
  type CreateScratchOptions,
  InvalidArgumentError,
  type LayerChange,
  type LayerRecord,
  type MountedScratch,
  NotFoundError,
  type OwnedScratches,
  type ScratchRecord,
  type StorageBackend,
  type StorageReconciliation,
  UnreadStream,
} from "@oriel/contracts";
import type { GraphLayer } from "./graph-layer.ts";
import { WindowsGraphDriver, type WindowsGraphDriverOptions } from "./windows-graph-driver.ts";

/**
 * The engine's storage on a graph driver: image layers are the driver's read-only layers under the digits of their chain
 * ids, scratches its read-write layers under the ids of their containers. Layers that others made there are not seen.
 */
export class WindowsFilterStorage implements StorageBackend {
  readonly name: string;
  readonly driver: WindowsGraphDriver;

  constructor(options: WindowsGraphDriverOptions) {
    this.driver = new WindowsGraphDriver(options);
    this.name = this.driver.name;
  }

  async status(): Promise<readonly (readonly [name: string, value: string])[]> {
    return this.driver.status();
  }

  async getLayer(chainId: string): Promise<LayerRecord | undefined> {
    const id = idOf(chainId);
    return id === undefined ? undefined : asLayer(await this.driver.find(id));
  }

  async listLayers(): Promise<readonly LayerRecord[]> {
    return (await this.driver.list()).map(asLayer).filter((layer) => layer !== undefined);
  }

  async applyLayer({ chainId, parentChainId, tar, signal, onProgress }: ApplyLayerOptions): Promise<LayerRecord> {
    const unread = new UnreadStream(tar);
    try {
      const made = await this.driver.createFromDiff({
        id: requireId(chainId),
        chainId,
        ...(parentChainId === undefined ? {} : { parent: (await this.#layer(parentChainId)).id }),
        tar: unread,
        signal,
        onProgress,
      });
      return asLayer(made) ?? missing(`layer ${chainId}`, chainId);
    } finally {
      await unread.discard();
    }
  }

  async removeLayer(chainId: string): Promise<void> {
    await this.driver.remove((await this.#layer(chainId)).id);
  }

  async createScratch({ id, parentChainId, storageOptions }: CreateScratchOptions): Promise<ScratchRecord> {
    const { id: parent } = await this.#layer(parentChainId);
    const layer = await this.driver.createReadWrite(id, parent, storageOptions === undefined ? {} : { storageOptions });
    return asScratch(layer) ?? missing(`scratch ${id}`, id);
  }

  async getScratch(id: string): Promise<ScratchRecord | undefined> {
    return asScratch(await this.driver.find(id));
  }

  async listScratches(): Promise<readonly ScratchRecord[]> {
    return (await this.driver.list()).map(asScratch).filter((scratch) => scratch !== undefined);
  }

  async mountScratch(id: string): Promise<MountedScratch> {
    await this.#scratch(id);
    return { volumePath: await this.driver.get(id) };
  }

  async unmountScratch(id: string): Promise<void> {
    await this.#scratch(id);
    await this.driver.put(id);
  }

  async layerFolders(scratchId: string): Promise<readonly string[]> {
    const { folder } = await this.#scratch(scratchId);
    return [...(await this.driver.parentFolders(scratchId)), folder];
  }

  async *diff(scratchId: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    await this.#scratch(scratchId);
    yield* this.driver.diff(scratchId, signal);
  }

  async changes(scratchId: string): Promise<readonly LayerChange[]> {
    await this.#scratch(scratchId);
    return this.driver.changes(scratchId);
  }

  async scratchSize(scratchId: string): Promise<number> {
    await this.#scratch(scratchId);
    return this.driver.diffSize(scratchId);
  }

  async copyFolder({ scratchId, ...options }: CopyFolderOptions): Promise<boolean> {
    await this.#scratch(scratchId);
    return this.driver.copyFolder(scratchId, options);
  }

  async removeScratch(id: string): Promise<void> {
    await this.#scratch(id);
    await this.driver.remove(id);
  }

  async reconcile({ scratchIds, mountedIds }: OwnedScratches): Promise<StorageReconciliation> {
    return this.driver.start({ readWrite: scratchIds, mounted: mountedIds });
  }

  async #layer(chainId: string): Promise<GraphLayer> {
    const layer = await this.driver.find(requireId(chainId));
    return layer?.chainId === chainId ? layer : missing(`layer ${chainId}`, chainId);
  }

  async #scratch(id: string): Promise<GraphLayer> {
    const layer = await this.driver.find(id);
    return layer !== undefined && asScratch(layer) !== undefined ? layer : missing(`scratch ${id}`, id);
  }
}

function missing(what: string, resource: string): never {
  throw new NotFoundError(`there is no ${what}`, { op: "storage.find", resource });
}

function idOf(chainId: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(chainId)?.[1];
}

function requireId(chainId: string): string {
  const id = idOf(chainId);
  if (id !== undefined) return id;
  throw new InvalidArgumentError(`'${chainId}' is no chain id; it must read sha256: and 64 hexadecimal digits`, { op: "layer.find" });
}

function asLayer(layer: GraphLayer | undefined): LayerRecord | undefined {
  if (layer?.chainId === undefined) return undefined;
  const { chainId, parent, folder, size } = layer;
  return { chainId, parentChainId: parent === undefined ? undefined : `sha256:${parent}`, folder, size };
}

/** Digits of a chain id are the id of the layer that a scratch of ours stands on. */
function asScratch(layer: GraphLayer | undefined): ScratchRecord | undefined {
  if (layer?.kind !== "read-write" || layer.origin !== "oriel" || layer.parent === undefined) return undefined;
  return { id: layer.id, parentChainId: `sha256:${layer.parent}`, folder: layer.folder };
}
