import { InvalidArgumentError, type SnapshotLabels } from "@oriel/contracts";

/** Labels by which a client says what scratch it wants; the names are containerd's. */
export const scratchLabels = {
  /** Bytes of the scratch's disk, decimal. */
  sizeInBytes: "containerd.io/snapshot/windows/rootfs.sizebytes",
  /** The same in GiB; deprecated, and of no effect beside the other. */
  sizeInGib: "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb",
  /** Whatever its value: a scratch for a utility VM as well, in `vm` below the snapshot's folder. */
  utilityVm: "containerd.io/snapshot/io.microsoft.vm.storage.scratch",
} as const;

/** Largest virtual disk that the VHDX format allows: 64 TB. */
const MAX_SIZE = 64n * 1024n ** 4n;

export interface ScratchWishes {
  /** Bytes; undefined: as large as the template. */
  readonly size: bigint | undefined;
  readonly utilityVm: boolean;
}

/** @throws InvalidArgumentError for a size that is none. */
export function readScratchLabels(labels: SnapshotLabels): ScratchWishes {
  const bytes = readSize(labels, scratchLabels.sizeInBytes, 1n);
  const gib = readSize(labels, scratchLabels.sizeInGib, 1024n ** 3n);
  const size = bytes ?? gib;
  return { size: size === 0n ? undefined : size, utilityVm: labels[scratchLabels.utilityVm] !== undefined };
}

function readSize(labels: SnapshotLabels, label: string, unit: bigint): bigint | undefined {
  const text = labels[label];
  if (text === undefined) return undefined;
  const size = /^\d{1,19}$/.test(text) ? BigInt(text) * unit : undefined;
  if (size !== undefined && size <= MAX_SIZE) return size;
  throw new InvalidArgumentError(`label ${label} is '${text}', which is no size of a disk`, {
    op: "snapshot.prepare",
    remedy: `Give a decimal number of ${unit === 1n ? "bytes" : "GiB"}, at most ${MAX_SIZE / unit}.`,
  });
}
