import type { ContainerConfig, HostConfig } from "@oriel/contracts";
import { type CredentialSpecLookups, resolveCredentialSpec } from "../credentials/credential-spec.ts";
import { invalidOption } from "../invalid-option.ts";
import type { SpecMount } from "../mounts/mounts.ts";
import { type DependencyFiles, type DependencyPlan, planDependencies } from "../mounts/secrets.ts";
import { type MountLookups, volumeBehindMount } from "../mounts/volume-behind-mount.ts";
import { createSpec } from "./create-spec.ts";
import { type Isolation, isolationOf } from "./isolation.ts";
import type { SpecNetwork } from "./network.ts";
import type { SpecInput, SpecResult } from "./spec-input.ts";

/** What of a container is known without looking anything up. */
export interface SpecRequest {
  readonly id: string;
  /** Merged with the image's: see `mergeImageConfig`. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** `os` of the image's configuration. */
  readonly os: string;
  readonly hasBeenStartedBefore: boolean;
}

/** The daemon's own settings. */
export interface SpecDefaults {
  readonly isolation: Isolation;
  readonly dnsSearch?: readonly string[];
  readonly utilityVmPath?: string;
}

/**
 * Where the rest is looked up, each for the container with the given id. A look-up that fails rejects; nothing is
 * skipped.
 */
export interface SpecSources {
  processors(): number | Promise<number>;
  /** Immediate parent first, base, then the scratch last. */
  layerFolders(id: string): Promise<readonly string[]>;
  /**
   * Where the container's mounted files are: the volume path of a graph driver's scratch, or the folder at which a
   * snapshotter mounted it. Not asked for Hyper-V isolation, whose files are never mounted on the host.
   */
  root(id: string): Promise<{ readonly volumePath: string } | { readonly mountPoint: string }>;
  network(id: string): Promise<SpecNetwork>;
  /** Binds, volumes and pipes. */
  mounts(id: string): Promise<readonly SpecMount[]>;
  readonly credentialSpecs: CredentialSpecLookups;
  /** Needed where `root` answers with a mount point. */
  readonly mountLookups?: MountLookups;
  secrets?(id: string): Promise<DependencyFiles | undefined>;
  configs?(id: string): Promise<DependencyFiles | undefined>;
  linkedEnv?(id: string): Promise<readonly string[]>;
}

export interface GatheredSpecInput {
  readonly input: SpecInput;
  /** Links that must stand in the container's file system before its first start. Its mounts are in the input already. */
  readonly dependencies: DependencyPlan;
}

/**
 * Looks up what a spec needs.
 * @throws InvalidArgumentError for options that are malformed; otherwise what a source throws.
 */
export async function gatherSpecInput(request: SpecRequest, defaults: SpecDefaults, sources: SpecSources): Promise<GatheredSpecInput> {
  const { id, hostConfig, hasBeenStartedBefore } = request;
  const isolation = isolationOf(hostConfig, defaults.isolation, request.os);
  const [processors, layerFolders, network, mounts, linkedEnv, secrets, configs, credentialSpec, volumePath] = await Promise.all([
    sources.processors(),
    sources.layerFolders(id),
    sources.network(id),
    sources.mounts(id),
    sources.linkedEnv?.(id),
    sources.secrets?.(id),
    sources.configs?.(id),
    resolveCredentialSpec(id, hostConfig.SecurityOpt, sources.credentialSpecs),
    isolation === "hyperv" ? undefined : volumePathOf(id, sources),
  ]);
  const dependencies = planDependencies({
    os: request.os,
    isolation,
    hasBeenStartedBefore,
    secrets,
    configs,
  });
  const input: SpecInput = {
    ...request,
    defaultIsolation: defaults.isolation,
    processors,
    layerFolders,
    network,
    mounts: [...dependencies.mounts, ...mounts],
    dnsSearch: defaults.dnsSearch,
    utilityVmPath: defaults.utilityVmPath,
    linkedEnv,
    credentialSpec,
    volumePath,
  };
  return { input, dependencies };
}

/** {@link gatherSpecInput}, then {@link createSpec}. */
export async function buildSpec(
  request: SpecRequest,
  defaults: SpecDefaults,
  sources: SpecSources,
): Promise<SpecResult & { readonly dependencies: DependencyPlan }> {
  const { input, dependencies } = await gatherSpecInput(request, defaults, sources);
  return { ...createSpec(input), dependencies };
}

async function volumePathOf(id: string, sources: SpecSources): Promise<string> {
  const root = await sources.root(id);
  if ("volumePath" in root) return root.volumePath;
  if (sources.mountLookups === undefined) {
    throw invalidOption(`root of container ${id} is the mount point ${root.mountPoint}, and mountLookups is not given to see behind it`);
  }
  return volumeBehindMount(root.mountPoint, sources.mountLookups);
}
