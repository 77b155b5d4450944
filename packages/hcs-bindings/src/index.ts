/// <reference types="node" preserve="true" />
export { defaultTimeouts, type HcsTimeouts, type OperationOptions } from "./call.ts";
export type { HresultEntry } from "./catalogue/entry.ts";
export { describeHresult, displayCode, sameHresult } from "./catalogue/hresult-catalogue.ts";
export type { ComputeProcess } from "./compute-process.ts";
export type { ComputeSystem, ProcessOptions, SystemExit } from "./compute-system.ts";
export {
  type CreateSystemOptions,
  createComputeSystem,
  enumerateComputeSystems,
  openComputeSystem,
  type SystemOptions,
} from "./compute-systems.ts";
export { type HcsError, type HcsFailure, type HresultErrorOptions, hresultError, isHcsError, parseResultDocument } from "./hcs-error.ts";
export { type HnsErrorOptions, hnsError } from "./hns-error.ts";
export { HostLayers, type HostLayersOptions } from "./layers/host-layers.ts";
export { type FolderEntry, listSmallFolder } from "./layers/small-folder.ts";
export { hostSyncer, type Syncer, type SyncTreeOptions, syncTree } from "./layers/sync-tree.ts";
export type { LayerExportCalls, LayerImportCalls } from "./layers/timed-layer-calls.ts";
export { type LeakListener, type LiveHandle, liveHandles, onHandleLeak } from "./live-handles.ts";
export { windowsHcsPlugin } from "./plugin.ts";
export { type ProcessExit, UNKNOWN_EXIT_CODE } from "./process-exit.ts";
export type * from "./schema/container-config.ts";
export type * from "./schema/container-properties.ts";
export type * from "./schema/process-config.ts";
export type * from "./schema/process-status.ts";
export type * from "./schema/requests.ts";
export type { ErrorEvent, ResultDocument } from "./schema/result-document.ts";
export { type WindowsLibraries, windowsLibraries } from "./windows/libraries.ts";
export type { DiskHandle, NewDisk, RawDisk } from "./windows/raw-disk.ts";
export type { NoHandle, RawStorage } from "./windows/raw-storage.ts";
export { createWindowsHcs, type WindowsHcs, type WindowsHcsOptions } from "./windows/windows-hcs.ts";
