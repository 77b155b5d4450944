import { InvalidArgumentError, type LayerRecord, type ScratchRecord, type SnapshotLabels } from "@oriel/contracts";
import type { PlacedSnapshot } from "./windows-snapshotter.ts";

/** Labels of the snapshots that the engine's storage made; it sees no others. */
export const storageLabels = {
  /** `layer`: an image's, also while it is unpacked; `scratch`: a container's. */
  kind: "dev.oriel/storage.kind",
  /** Bytes of the files that a layer adds. */
  size: "dev.oriel/storage.size",
} as const;

const chainIdForm = /^sha256:[0-9a-f]{64}$/;
/** No colon: no scratch is ever called as a layer. No space: none as an unpacking. */
const scratchIdForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** @throws InvalidArgumentError */
export function requireChainId(chainId: string): string {
  if (chainIdForm.test(chainId)) return chainId;
  throw new InvalidArgumentError(`'${chainId}' is no chain id; it must read sha256: and 64 hexadecimal digits`, { op: "layer.find" });
}

/** @throws InvalidArgumentError */
export function requireScratchId(id: string): string {
  if (scratchIdForm.test(id)) return id;
  throw new InvalidArgumentError(`'${id}' cannot be the id of a scratch: letters, digits, '_', '.' and '-' only`, { op: "scratch.find" });
}

export function layerLabels(size?: number): SnapshotLabels {
  return { [storageLabels.kind]: "layer", ...(size === undefined ? {} : { [storageLabels.size]: String(size) }) };
}

export function scratchOwnLabels(): SnapshotLabels {
  return { [storageLabels.kind]: "scratch" };
}

/** undefined for a snapshot that is no layer of ours. */
export function asLayer({ info, folder }: PlacedSnapshot): LayerRecord | undefined {
  if (info.kind !== "committed" || info.labels[storageLabels.kind] !== "layer") return undefined;
  return { chainId: info.name, parentChainId: info.parent, folder, size: Number(info.labels[storageLabels.size]) };
}

/** undefined for a snapshot that is no scratch of ours. */
export function asScratch({ info, folder }: PlacedSnapshot): ScratchRecord | undefined {
  if (info.kind !== "active" || info.labels[storageLabels.kind] !== "scratch" || info.parent === undefined) return undefined;
  return { id: info.name, parentChainId: info.parent, folder };
}
