import { type ComputeCalls, createComputeCalls } from "./compute-calls.ts";
import { createDiskCalls, type DiskCalls } from "./disk-calls.ts";
import { createFileCalls, type FileCalls } from "./file-calls.ts";
import { createLayerCalls, type LayerCalls } from "./layer-calls.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createNetworkCalls, type NetworkCalls } from "./network-calls.ts";
import { createPrivileges } from "./privileges.ts";
import { createStorageCalls, type StorageCalls } from "./storage-calls.ts";
import { createSystemCalls, type SystemCalls } from "./system-calls.ts";

/** Every function that a call thread runs, by family. */
export interface NativeCalls {
  readonly compute: ComputeCalls;
  readonly layers: LayerCalls;
  readonly storage: StorageCalls;
  readonly disk: DiskCalls;
  readonly network: NetworkCalls;
  readonly files: FileCalls;
  readonly system: SystemCalls;
}

/** Loads nothing yet: a DLL is loaded by the first call into it. */
export function createNativeCalls(libraries: WindowsLibraries): NativeCalls {
  const privileges = createPrivileges(libraries);
  const disk = createDiskCalls(libraries, privileges);
  const system = createSystemCalls(libraries);
  return {
    compute: createComputeCalls(libraries),
    layers: createLayerCalls(libraries),
    storage: createStorageCalls(libraries, disk, system),
    disk,
    network: createNetworkCalls(libraries),
    files: createFileCalls(libraries, privileges),
    system,
  };
}
