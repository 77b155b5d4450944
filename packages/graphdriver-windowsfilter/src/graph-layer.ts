import type { DriverInfo, ResourceKind } from "@oriel/contracts";

/** The filter driver lays layers under a scratch file by file, the other had a differencing disk for each. */
export type GraphDriverFlavour = "windowsfilter" | "windowsdiff";

/** `Flavour` of the layer functions' DriverInfo. */
export const flavourNumbers = { windowsdiff: 0, windowsfilter: 1 } as const satisfies Record<GraphDriverFlavour, DriverInfo["flavour"]>;

/** A layer of the graph driver. */
export interface GraphLayer {
  readonly id: string;
  /** Id of the layer that it stands on. */
  readonly parent: string | undefined;
  readonly kind: "read-only" | "read-write";
  /** Absolute path of its own folder. */
  readonly folder: string;
  /** Where its files are: its own folder, or that of the shared base image that it stands for. */
  readonly content: string;
  /** Bytes of the files that its diff had; 0 until one is applied. */
  readonly size: number;
  /** Chain id of an image's layer that the engine asked for. */
  readonly chainId: string | undefined;
  /** `docker`: it was there before, with Docker's own description and none of ours. Such a layer is used, and never cleaned up. */
  readonly origin: "oriel" | "docker";
}

/** A layer as the journal knows it. */
export interface Owned {
  readonly kind: Extract<ResourceKind, "layer" | "scratch">;
  /** Id in the journal: the chain id where there is one, else the layer's id. */
  readonly id: string;
  /** Where it lies when it is whole. */
  readonly folder: string;
}

export function ownedBy(layer: Pick<GraphLayer, "id" | "kind" | "folder" | "chainId">): Owned {
  return { kind: layer.kind === "read-only" ? "layer" : "scratch", id: layer.chainId ?? layer.id, folder: layer.folder };
}

/** How messages call a layer. */
export function titleOf(layer: Pick<GraphLayer, "id" | "kind" | "chainId">): string {
  return layer.kind === "read-only" ? `layer ${layer.chainId ?? layer.id}` : `container ${layer.id}`;
}
