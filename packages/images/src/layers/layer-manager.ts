import { isOrielError, KeyedQueue, type LayerRecord, type Logger, type StorageBackend } from "@oriel/contracts";
import type { LayerCandidate } from "../catalog/image-candidate.ts";
import type { ImageCatalog } from "../catalog/image-catalog.ts";
import type { LayerSource } from "./layer-source.ts";

export interface LayerManagerOptions {
  readonly storage: StorageBackend;
  readonly catalog: ImageCatalog;
  readonly logger: Logger;
}

/** What became of the layers that no image has. */
export interface LayerCollection {
  /** Chain ids. */
  readonly removed: readonly string[];
  /** Chain ids of those that are still there, because something stands on them or storage failed; tried again next time. */
  readonly kept: readonly string[];
}

/**
 * The layers that images have in storage. A load claims the chain ids that it needs; a layer that no image has and no
 * load claims is removed by the next `collect`. One thing at a time is done to a layer: a load that needs one which is
 * being unpacked or removed waits, and then does what is still to do.
 */
export class LayerManager {
  readonly #storage: StorageBackend;
  readonly #catalog: ImageCatalog;
  readonly #logger: Logger;
  readonly #claims = new Map<string, number>();
  readonly #queue = new KeyedQueue();

  constructor({ storage, catalog, logger }: LayerManagerOptions) {
    this.#storage = storage;
    this.#catalog = catalog;
    this.#logger = logger;
  }

  /** Keeps layers from being collected; returns the release. */
  claim(chainIds: readonly string[]): () => void {
    for (const id of chainIds) this.#claims.set(id, (this.#claims.get(id) ?? 0) + 1);
    return () => {
      for (const id of chainIds) {
        const left = (this.#claims.get(id) ?? 0) - 1;
        if (left > 0) this.#claims.set(id, left);
        else this.#claims.delete(id);
      }
    };
  }

  /**
   * Unpacks a claimed layer, unless it is in storage. Its parent is there.
   * @throws what storage throws; the signal's reason; InvalidArgumentError when the tar turns out not to be the layer's.
   */
  async ensure(layer: LayerCandidate, depth: number, tar: LayerSource, signal: AbortSignal): Promise<LayerRecord> {
    const unpack = async () => {
      const present = await this.#storage.getLayer(layer.chainId);
      if (present !== undefined) return present;
      this.#catalog.expectLayer(layer.chainId, depth);
      const { chainId, parentChainId } = layer;
      const made = await this.#storage.applyLayer({ chainId, tar, signal, parentChainId });
      try {
        // Storage need not have read the tar to its end. A layer that an image has would not be collected.
        await tar.verify();
      } catch (error) {
        await this.#storage
          .removeLayer(chainId)
          .catch((failure: unknown) =>
            this.#logger.error({ chainId, err: failure }, "a layer with the wrong content could not be removed"),
          );
        throw error;
      }
      return made;
    };
    return this.#queue.run(layer.chainId, unpack, signal);
  }

  /** Removes the layers that no image has. What fails is logged and stays for the next time; never rejects for it. */
  async collect(): Promise<LayerCollection> {
    const removed: string[] = [];
    const kept: string[] = [];
    for (const chainId of this.#catalog.layersWithoutImage()) {
      // Asked here too, so that nobody waits for the end of another's unpacking.
      if (this.#isWanted(chainId)) continue;
      const outcome = await this.#queue.run(chainId, () => this.#removeUnused(chainId));
      if (outcome === "removed") removed.push(chainId);
      if (outcome === "kept") kept.push(chainId);
    }
    return { removed, kept };
  }

  async #removeUnused(chainId: string): Promise<"removed" | "kept" | "gone" | "wanted"> {
    if (this.#isWanted(chainId)) return "wanted";
    try {
      await this.#storage.removeLayer(chainId);
    } catch (error) {
      if (!isOrielError(error, "NotFound")) {
        const inUse = isOrielError(error, "Conflict");
        this.#logger[inUse ? "debug" : "warn"]({ chainId, err: error }, "a layer that no image has could not be removed yet");
        return "kept";
      }
      this.#catalog.forgetLayer(chainId);
      return "gone";
    }
    this.#catalog.forgetLayer(chainId);
    return "removed";
  }

  #isWanted(chainId: string): boolean {
    return this.#claims.has(chainId) || this.#catalog.hasImageWithLayer(chainId);
  }
}
