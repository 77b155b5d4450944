import { ConflictError, InvalidArgumentError, NotFoundError } from "@oriel/contracts";
import { type GraphLayer, titleOf } from "./graph-layer.ts";

/** Layers that a container's root can be made of: Docker's own limit. */
const MAX_ANCESTORS = 127;

/**
 * Which layers there are, and what stands on what. Kept in memory, so that looking never waits for the host; every
 * method is synchronous, so that a check and what follows it cannot be parted.
 */
export class LayerIndex {
  readonly #layers = new Map<string, GraphLayer>();
  /** How many layers stand on each. */
  readonly #children = new Map<string, Set<string>>();
  /** By id: how many layers are being made on it. */
  readonly #pins = new Map<string, number>();

  constructor(layers: Iterable<GraphLayer> = []) {
    for (const layer of layers) this.add(layer);
  }

  get layers(): GraphLayer[] {
    return [...this.#layers.values()];
  }

  find(id: string): GraphLayer | undefined {
    return this.#layers.get(id);
  }

  /** @throws NotFoundError */
  require(id: string, op: string): GraphLayer {
    const layer = this.#layers.get(id);
    if (layer === undefined) throw new NotFoundError(`there is no layer ${id}`, { op, resource: id });
    return layer;
  }

  add(layer: GraphLayer): void {
    this.#forget(layer.id);
    this.#layers.set(layer.id, layer);
    if (layer.parent === undefined) return;
    const siblings = this.#children.get(layer.parent) ?? new Set<string>();
    this.#children.set(layer.parent, siblings.add(layer.id));
  }

  /**
   * Takes the layer out.
   * @throws NotFoundError; ConflictError while another stands on it, or is being made on it.
   */
  take(id: string): GraphLayer {
    const layer = this.require(id, "layer.remove");
    this.requireUnused(layer, "layer.remove");
    this.#forget(id);
    return layer;
  }

  /** @throws ConflictError while another layer stands on it, or is being made on it. */
  requireUnused(layer: GraphLayer, op: string): void {
    const user = this.#userOf(layer.id);
    if (user !== undefined) throw new ConflictError(`${titleOf(layer)} is in use by ${user}`, { op, resource: layer.chainId ?? layer.id });
  }

  /** Keeps the layer from being taken out until the function answered is called. */
  pin(id: string | undefined): () => void {
    if (id === undefined) return () => {};
    this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#pins.get(id) ?? 1) - 1;
      if (left === 0) this.#pins.delete(id);
      else this.#pins.set(id, left);
    };
  }

  /**
   * The layers that a new one on `parent` would stand on, base last; none without a parent.
   * @throws NotFoundError when one is not there; InvalidArgumentError when they are more than 127.
   */
  chainBelow(parent: string | undefined): GraphLayer[] {
    const chain: GraphLayer[] = [];
    const seen = new Set<string>();
    for (let next = parent; next !== undefined && !seen.has(next); ) {
      seen.add(next);
      const layer = this.#layers.get(next);
      if (layer === undefined) {
        const below = next === parent ? "" : `, which layer ${parent} stands on`;
        throw new NotFoundError(`there is no layer ${next}${below}`, { op: "layer.find", resource: next });
      }
      chain.push(layer);
      next = layer.parent;
    }
    const [nearest] = chain;
    if (nearest !== undefined && chain.length > MAX_ANCESTORS) {
      throw new InvalidArgumentError(
        `${titleOf(nearest)} is ${chain.length} layers with those below it; at most ${MAX_ANCESTORS} can lie below another`,
        {
          op: "layer.find",
          resource: nearest.chainId ?? nearest.id,
          remedy: "Build the image with fewer instructions, or flatten it.",
        },
      );
    }
    return chain;
  }

  #forget(id: string): void {
    const parent = this.#layers.get(id)?.parent;
    this.#layers.delete(id);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#children.delete(parent);
  }

  #userOf(id: string): string | undefined {
    if (this.#pins.has(id)) return "one that is being made";
    const [child] = this.#children.get(id) ?? [];
    const layer = child === undefined ? undefined : this.#layers.get(child);
    return layer === undefined ? undefined : titleOf(layer);
  }
}
