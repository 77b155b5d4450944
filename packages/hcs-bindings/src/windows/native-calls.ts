import { type ComputeCalls, createComputeCalls } from "./compute-calls.ts";
import { createFileCalls, type FileCalls } from "./file-calls.ts";
import { createLayerCalls, type LayerCalls } from "./layer-calls.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createNetworkCalls, type NetworkCalls } from "./network-calls.ts";
import { createSystemCalls, type SystemCalls } from "./system-calls.ts";

/** Every function that a call thread runs, by family. */
export interface NativeCalls {
  readonly compute: ComputeCalls;
  readonly layers: LayerCalls;
  readonly network: NetworkCalls;
  readonly files: FileCalls;
  readonly system: SystemCalls;
}

/** Loads nothing yet: a DLL is loaded by the first call into it. */
export function createNativeCalls(libraries: WindowsLibraries): NativeCalls {
  return {
    compute: createComputeCalls(libraries),
    layers: createLayerCalls(libraries),
    network: createNetworkCalls(libraries),
    files: createFileCalls(libraries),
    system: createSystemCalls(libraries),
  };
}
