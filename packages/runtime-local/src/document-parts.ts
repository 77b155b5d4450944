import type { RuntimeSpec } from "@oriel/contracts";
import type { ContainerConfig, HvRuntime } from "@oriel/hcs-bindings";

/** All that a document is made of beside the spec; looked up before, so that making the document is a function of data. */
export interface DocumentFacts {
  /** GUID of each layer folder but the scratch, in the spec's order. */
  readonly layerIds: readonly string[];
  /** Folder of the utility VM; absent where the container needs none. */
  readonly utilityVm?: string | undefined;
  /** How the utility VM of a Linux container boots; absent for others. */
  readonly linuxBoot?: HvRuntime | undefined;
  /** Processors of the host. */
  readonly processors: number;
  readonly osBuild: number;
}

export interface ContainerDocument {
  readonly document: ContainerConfig;
  /** What could not be set as asked for, a sentence each. */
  readonly warnings: readonly string[];
  /** What the guest of a utility VM makes a Linux container from; absent for others. */
  readonly containerSpec?: RuntimeSpec;
}
