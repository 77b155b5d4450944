import type { ContainerConfig, HostConfig, RuntimeSpec, WindowsSpec } from "@oriel/core";
import { windowsCommand } from "./command.ts";
import { parseDevice } from "./devices.ts";
import { effectiveEnvironment, mergeEnvironment } from "./environment.ts";
import { foldCase } from "./fold-case.ts";
import { invalidOption } from "./invalid-option.ts";
import { type Isolation, isolationOf } from "./isolation.ts";
import { mountSpecs, type SpecMount } from "./mounts.ts";
import { networkSpec, type SpecNetwork } from "./network.ts";
import { windowsResources } from "./resources.ts";
import { consoleSizeOf } from "./validate-host-config.ts";
import { volumeRootPath } from "./volume-path.ts";

/** Version of the OCI runtime specification that the specs follow. */
export const ociVersion = "1.2.0";

/** All that a spec is made of. Everything that must be looked up is looked up already. */
export interface SpecInput {
  /** The container's id. */
  readonly id: string;
  /** Merged with the image's: see `mergeImageConfig`. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** `os` of the image's configuration. */
  readonly os: string;
  readonly defaultIsolation: Isolation;
  /** Number of processors of the host. */
  readonly processors: number;
  /** Immediate parent first, base, then the scratch last. */
  readonly layerFolders: readonly string[];
  /** `\\?\Volume{GUID}\` of the mounted scratch. Needed for process isolation, not used for Hyper-V. */
  readonly volumePath?: string;
  readonly mounts: readonly SpecMount[];
  readonly network: SpecNetwork;
  /** The daemon's search list, for a container that has none. */
  readonly dnsSearch?: readonly string[];
  /** Whether the container was started before; its first start is optimised for boot. */
  readonly hasBeenStartedBefore: boolean;
  /** Environment that links to other containers add. */
  readonly linkedEnv?: readonly string[];
  /** Text of the credential spec: see `resolveCredentialSpec`. */
  readonly credentialSpec?: string;
}

export interface SpecResult {
  readonly spec: RuntimeSpec;
  /** Limits that could not be set as asked for; sentences for the user. */
  readonly warnings: readonly string[];
}

/**
 * The OCI runtime spec of a container. A function of its input: the same input gives the same spec.
 * @throws InvalidArgumentError naming the option, its value and what is allowed.
 */
export function createSpec(input: SpecInput): SpecResult {
  const warnings: string[] = [];
  if (input.os !== "windows") throw invalidOption(`image os ${JSON.stringify(input.os)}: must be windows`);
  const isolation = isolationOf(input.hostConfig, input.defaultIsolation);
  const { config, hostConfig } = input;
  const mounts = mountSpecs(input.mounts, foldCase);
  const spec: RuntimeSpec = {
    ociVersion,
    process: windowsProcess(input),
    root: { path: isolation === "hyperv" ? "" : volumeRootPath(input.volumePath) },
    hostname: hostnameOf(input.id, config),
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(hostConfig.Annotations && Object.keys(hostConfig.Annotations).length > 0 ? { annotations: { ...hostConfig.Annotations } } : {}),
    windows: windowsSpec(input, isolation, warnings),
  };
  return { spec, warnings };
}

function windowsProcess({ config, hostConfig, linkedEnv }: SpecInput): NonNullable<RuntimeSpec["process"]> {
  const env = effectiveEnvironment(mergeEnvironment(config.Env ?? [], linkedEnv ?? []));
  return {
    ...(config.Tty === true ? { terminal: true, consoleSize: consoleSizeOf(hostConfig) } : {}),
    user: { uid: 0, gid: 0, ...(config.User ? { username: config.User } : {}) },
    ...windowsCommand(config),
    ...(env.length === 0 ? {} : { env }),
    // Without this a program run by LocalSystem or ContainerAdministrator would begin in C:\Windows\System32.
    cwd: config.WorkingDir || "C:\\",
  };
}

function windowsSpec(input: SpecInput, isolation: Isolation, warnings: string[]): WindowsSpec {
  const { hostConfig } = input;
  if (input.layerFolders.length < 2) {
    throw invalidOption(`layer folders ${JSON.stringify(input.layerFolders)}: at least a base layer and the scratch are needed`);
  }
  const devices = (hostConfig.Devices ?? []).map(parseDevice);
  const resources = windowsResources(hostConfig, isolation, input.processors, warnings);
  return {
    layerFolders: [...input.layerFolders],
    ...(devices.length === 0 ? {} : { devices }),
    ...(resources === undefined ? {} : { resources }),
    ...(input.credentialSpec === undefined ? {} : { credentialSpec: input.credentialSpec }),
    ...(input.hasBeenStartedBefore ? {} : { ignoreFlushesDuringBoot: true }),
    ...(isolation === "hyperv" ? { hyperv: {} } : {}),
    network: networkSpec(input.network, hostConfig.DnsSearch, input.dnsSearch),
  };
}

/** The container's name in the network: its hostname, else the first twelve digits of its id, with the domain behind it. */
function hostnameOf(id: string, config: ContainerConfig): string {
  const hostname = config.Hostname || id.slice(0, 12);
  return config.Domainname ? `${hostname}.${config.Domainname}` : hostname;
}
