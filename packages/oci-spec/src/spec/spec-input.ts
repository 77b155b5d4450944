import type { ContainerConfig, HostConfig, RuntimeSpec } from "@oriel/contracts";
import type { SpecMount } from "../mounts/mounts.ts";
import type { Isolation } from "./isolation.ts";
import type { SpecNetwork } from "./network.ts";

/** All that a spec is made of. Everything that must be looked up is looked up already: see `gatherSpecInput`. */
export interface SpecInput {
  /** The container's id. */
  readonly id: string;
  /** Merged with the image's: see `mergeImageConfig`. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** `os` of the image's configuration: `windows`, or `linux` for a container in a utility VM. */
  readonly os: string;
  readonly defaultIsolation: Isolation;
  /** Number of processors of the host. */
  readonly processors: number;
  /** Immediate parent first, base, then the scratch last. */
  readonly layerFolders: readonly string[];
  /** `\\?\Volume{GUID}\` of the mounted scratch. Needed for process isolation, not used for Hyper-V. */
  readonly volumePath?: string | undefined;
  readonly mounts: readonly SpecMount[];
  readonly network: SpecNetwork;
  /** The daemon's search list, for a container that has none. */
  readonly dnsSearch?: readonly string[] | undefined;
  /** Whether the container was started before; its first start is optimised for boot. */
  readonly hasBeenStartedBefore: boolean;
  /** Environment that links to other containers add. */
  readonly linkedEnv?: readonly string[] | undefined;
  /** Text of the credential spec: see `resolveCredentialSpec`. */
  readonly credentialSpec?: string | undefined;
  /** Folder of the utility VM's image, where it is not in the layers. */
  readonly utilityVmPath?: string | undefined;
}

export interface SpecResult {
  readonly spec: RuntimeSpec;
  /** Limits that could not be set as asked for; sentences for the user. */
  readonly warnings: readonly string[];
}
