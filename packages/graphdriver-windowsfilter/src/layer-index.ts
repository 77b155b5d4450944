import { ConflictError, InvalidArgumentError, type LayerRecord, NotFoundError, type ScratchRecord } from "@oriel/core";
import type { StoreContent } from "./layer-store.ts";

/** Layers that a container's root can be made of: Docker's own limit. */
const MAX_ANCESTORS = 127;

/**
 * Which layers and scratches there are, and what stands on what. Kept in memory, so that looking never waits for the
 * host; every method is synchronous, so that a check and what follows it cannot be parted.
 */
export class LayerIndex {
  readonly #layers = new Map<string, LayerRecord>();
  readonly #scratches = new Map<string, ScratchRecord>();
  /** By chain id: how many layers and scratches are being made on it. */
  readonly #pins = new Map<string, number>();

  constructor(content: Pick<StoreContent, "layers" | "scratches">) {
    for (const layer of content.layers) this.#layers.set(layer.chainId, layer);
    for (const scratch of content.scratches) this.#scratches.set(scratch.id, scratch);
  }

  get layers(): LayerRecord[] {
    return [...this.#layers.values()];
  }

  get scratches(): ScratchRecord[] {
    return [...this.#scratches.values()];
  }

  layer(chainId: string): LayerRecord | undefined {
    return this.#layers.get(chainId);
  }

  scratch(id: string): ScratchRecord | undefined {
    return this.#scratches.get(id);
  }

  /** @throws NotFoundError */
  requireScratch(id: string): ScratchRecord {
    const scratch = this.#scratches.get(id);
    if (scratch === undefined) throw new NotFoundError(`there is no scratch ${id}`, { op: "scratch.find", resource: id });
    return scratch;
  }

  addLayer(layer: LayerRecord): void {
    this.#layers.set(layer.chainId, layer);
  }

  addScratch(scratch: ScratchRecord): void {
    this.#scratches.set(scratch.id, scratch);
  }

  removeScratch(id: string): void {
    this.#scratches.delete(id);
  }

  /**
   * Takes the layer out.
   * @throws NotFoundError; ConflictError while a layer or a scratch stands on it, or is being made on it.
   */
  takeLayer(chainId: string): LayerRecord {
    const layer = this.#layers.get(chainId);
    if (layer === undefined) throw new NotFoundError(`there is no layer ${chainId}`, { op: "layer.remove", resource: chainId });
    const user = this.#userOf(chainId);
    if (user !== undefined) throw new ConflictError(`layer ${chainId} is in use by ${user}`, { op: "layer.remove", resource: chainId });
    this.#layers.delete(chainId);
    return layer;
  }

  /** Keeps the layer from being taken out until the function answered is called. */
  pin(chainId: string): () => void {
    this.#pins.set(chainId, (this.#pins.get(chainId) ?? 0) + 1);
    return () => {
      const left = (this.#pins.get(chainId) ?? 1) - 1;
      if (left === 0) this.#pins.delete(chainId);
      else this.#pins.set(chainId, left);
    };
  }

  /**
   * The layer and all below it, base last.
   * @throws NotFoundError when one is not there; InvalidArgumentError when they are more than 127.
   */
  chain(chainId: string): LayerRecord[] {
    const chain: LayerRecord[] = [];
    for (let next: string | undefined = chainId; next !== undefined; ) {
      const layer: LayerRecord | undefined = this.#layers.get(next);
      if (layer === undefined) {
        const below = next === chainId ? "" : `, which layer ${chainId} stands on`;
        throw new NotFoundError(`there is no layer ${next}${below}`, { op: "layer.find", resource: next });
      }
      chain.push(layer);
      next = layer.parentChainId;
    }
    if (chain.length > MAX_ANCESTORS) {
      throw new InvalidArgumentError(
        `layer ${chainId} has ${chain.length} layers with those below it; at most ${MAX_ANCESTORS} can lie below another`,
        {
          op: "layer.find",
          resource: chainId,
          remedy: "Build the image with fewer instructions, or flatten it.",
        },
      );
    }
    return chain;
  }

  #userOf(chainId: string): string | undefined {
    if (this.#pins.has(chainId)) return "one that is being made";
    for (const layer of this.#layers.values()) if (layer.parentChainId === chainId) return `layer ${layer.chainId}`;
    for (const scratch of this.#scratches.values()) if (scratch.parentChainId === chainId) return `container ${scratch.id}`;
    return undefined;
  }
}
