import type { ProcessSpec, RuntimeSpec, WindowsSpec } from "@oriel/contracts";
import { consoleSizeOf } from "../checks/validate-host-config.ts";
import { windowsCommand } from "../command-line/command.ts";
import { invalidOption } from "../invalid-option.ts";
import { mountSpecs, windowsPlace } from "../mounts/mounts.ts";
import { volumeRootPath } from "../mounts/volume-path.ts";
import { effectiveEnvironment, mergeEnvironment } from "../process/environment.ts";
import { fullHostname } from "../process/hostname.ts";
import { workingDirectory } from "../process/working-directory.ts";
import { parseDevice } from "./devices.ts";
import { type Isolation, imageOs, isolationOf } from "./isolation.ts";
import { linuxMounts, linuxProcess, linuxRoot, linuxSpec } from "./linux-spec.ts";
import { networkSpec } from "./network.ts";
import { windowsResources } from "./resources.ts";
import type { SpecInput, SpecResult } from "./spec-input.ts";

/** Version of the OCI runtime specification that the specs follow. */
export const ociVersion = "1.2.0";

/**
 * The OCI runtime spec of a container. A function of its input: the same input gives the same spec.
 * @throws InvalidArgumentError naming the option, its value and what is allowed.
 */
export function createSpec(input: SpecInput): SpecResult {
  const warnings: string[] = [];
  const isLinux = imageOs(input.os) === "linux";
  const isolation = isolationOf(input.hostConfig, input.defaultIsolation, input.os);
  const { annotations, mounts } = { annotations: input.hostConfig.Annotations, mounts: allMounts(input, isLinux) };
  const spec: RuntimeSpec = {
    ociVersion,
    process: isLinux ? linuxProcess(input) : windowsProcess(input),
    root: isLinux ? { ...linuxRoot } : { path: isolation === "hyperv" ? "" : volumeRootPath(input.volumePath) },
    hostname: fullHostname(input.id, input.config),
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations: { ...annotations } } : {}),
    windows: windowsSpec(input, isolation, warnings),
    ...(isLinux ? { linux: linuxSpec() } : {}),
  };
  return { spec, warnings };
}

function allMounts(input: SpecInput, isLinux: boolean): NonNullable<RuntimeSpec["mounts"]> {
  return isLinux
    ? linuxMounts(
        input.id,
        mountSpecs(input.mounts, (path) => path),
      )
    : mountSpecs(input.mounts, windowsPlace);
}

function windowsProcess({ config, hostConfig, linkedEnv }: SpecInput): ProcessSpec {
  const env = effectiveEnvironment(mergeEnvironment(config.Env ?? [], linkedEnv ?? []));
  return {
    ...(config.Tty === true ? { terminal: true, consoleSize: consoleSizeOf(hostConfig) } : {}),
    user: { uid: 0, gid: 0, ...(config.User ? { username: config.User } : {}) },
    ...windowsCommand(config),
    ...(env.length === 0 ? {} : { env }),
    cwd: workingDirectory(config.WorkingDir, "windows"),
  };
}

function windowsSpec(input: SpecInput, isolation: Isolation, warnings: string[]): WindowsSpec {
  const { hostConfig } = input;
  if (input.layerFolders.length < 2) {
    throw invalidOption(`layer folders ${JSON.stringify(input.layerFolders)}: at least a base layer and the scratch are needed`);
  }
  if (input.credentialSpec !== undefined && input.os === "linux") {
    throw invalidOption("security option credentialspec: a Linux container can have no credential spec");
  }
  const devices = (hostConfig.Devices ?? []).map(parseDevice);
  const resources = windowsResources(hostConfig, isolation, input.processors, warnings);
  return {
    layerFolders: [...input.layerFolders],
    ...(devices.length === 0 ? {} : { devices }),
    ...(resources === undefined ? {} : { resources }),
    ...(input.credentialSpec === undefined ? {} : { credentialSpec: input.credentialSpec }),
    ...(input.hasBeenStartedBefore ? {} : { ignoreFlushesDuringBoot: true }),
    ...(isolation === "hyperv" ? { hyperv: input.utilityVmPath === undefined ? {} : { utilityVMPath: input.utilityVmPath } } : {}),
    network: networkSpec(input.network, hostConfig.DnsSearch, input.dnsSearch),
  };
}
