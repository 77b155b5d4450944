import type { HostConfig } from "@oriel/contracts";
import { checkCredentialSpec } from "../credentials/credential-spec.ts";
import { credentialSpecSegments } from "../credentials/credential-spec-path.ts";
import { parseSecurityOptions } from "../credentials/security-options.ts";
import { invalidOption } from "../invalid-option.ts";
import { checkDeviceIsServed } from "../spec/devices.ts";
import { type Isolation, isolationOf } from "../spec/isolation.ts";
import { windowsResources } from "../spec/resources.ts";

/** What of the host the options are checked against. */
export interface ValidateHostConfigOptions {
  readonly defaultIsolation: Isolation;
  /** Number of processors of the host. */
  readonly processors: number;
  /** `os` of the image. @default "windows" */
  readonly os?: string;
}

/**
 * Checks, when a container is made, all that can be checked without looking anything up: limits, conflicts, and the form
 * of isolation, network mode, devices, security options and console size. Answers warnings for the user.
 * @throws InvalidArgumentError naming the option, its value and what is allowed.
 */
export function validateHostConfig(hostConfig: HostConfig, options: ValidateHostConfigOptions): string[] {
  const warnings: string[] = [];
  const isolation = isolationOf(hostConfig, options.defaultIsolation, options.os);
  windowsResources(hostConfig, isolation, options.processors, warnings);
  for (const device of hostConfig.Devices ?? []) checkDeviceIsServed(device, isolation);
  const credentialSpec = parseSecurityOptions(hostConfig.SecurityOpt);
  if (credentialSpec !== undefined && options.os === "linux") {
    throw invalidOption("security option credentialspec: a Linux container can have no credential spec");
  }
  if (credentialSpec?.kind === "raw") checkCredentialSpec(credentialSpec.value, "raw://");
  if (credentialSpec?.kind === "file") credentialSpecSegments(credentialSpec.value);
  validateNetworkMode(hostConfig.NetworkMode ?? "", isolation);
  consoleSizeOf(hostConfig);
  return warnings;
}

function validateNetworkMode(mode: string, isolation: Isolation): void {
  if (mode !== "container" && !mode.startsWith("container:")) return;
  if (mode.length <= "container:".length) {
    throw invalidOption(`Invalid network mode ${JSON.stringify(mode)}: invalid container format container:<name|id>`);
  }
  if (isolation === "hyperv") {
    throw invalidOption(
      `invalid network-mode ${mode}: using the network stack of another container is not supported while using Hyper-V Containers`,
    );
  }
}

/** @throws InvalidArgumentError for a size that Windows cannot have. */
export function consoleSizeOf(hostConfig: { readonly ConsoleSize?: readonly [number, number] | null }): { height: number; width: number } {
  const [height, width] = hostConfig.ConsoleSize ?? [0, 0];
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 0 || side > 0xffff) {
      throw invalidOption(`ConsoleSize [${height}, ${width}]: height and width are whole numbers from 0 to 65535`);
    }
  }
  return { height, width };
}
