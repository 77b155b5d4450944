/// <reference types="node" preserve="true" />
export type { SnapshotRecovery, WindowsSnapshotterOptions } from "./open-snapshots.ts";
export { windowsSnapshotterPlugin } from "./plugin.ts";
export { scratchLabels } from "./scratch-labels.ts";
export { SnapshotterStorage, type SnapshotterStorageOptions } from "./snapshotter-storage.ts";
export { formatUnpackKey, newUnpackKey, parseUnpackKey, type UnpackKey } from "./unpack-key.ts";
export { type PlacedSnapshot, type ReleasedMounts, type SnapshotPlace, WindowsSnapshotter } from "./windows-snapshotter.ts";
