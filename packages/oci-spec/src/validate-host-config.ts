import type { HostConfig } from "@oriel/core";
import { checkCredentialSpec } from "./credential-spec.ts";
import { credentialSpecSegments } from "./credential-spec-path.ts";
import { parseDevice } from "./devices.ts";
import { invalidOption } from "./invalid-option.ts";
import { type Isolation, isolationOf } from "./isolation.ts";
import { windowsResources } from "./resources.ts";
import { parseSecurityOptions } from "./security-options.ts";

/** What of the host the options are checked against. */
export interface ValidateHostConfigOptions {
  readonly defaultIsolation: Isolation;
  /** Number of processors of the host. */
  readonly processors: number;
}

/**
 * Checks, when a container is made, all that can be checked without looking anything up: limits, conflicts, and the form
 * of isolation, devices, security options and console size. Answers warnings for the user.
 * @throws InvalidArgumentError naming the option, its value and what is allowed.
 */
export function validateHostConfig(hostConfig: HostConfig, options: ValidateHostConfigOptions): string[] {
  const warnings: string[] = [];
  const isolation = isolationOf(hostConfig, options.defaultIsolation);
  windowsResources(hostConfig, isolation, options.processors, warnings);
  for (const device of hostConfig.Devices ?? []) parseDevice(device);
  const credentialSpec = parseSecurityOptions(hostConfig.SecurityOpt);
  if (credentialSpec?.kind === "raw") checkCredentialSpec(credentialSpec.value, "raw://");
  if (credentialSpec?.kind === "file") credentialSpecSegments(credentialSpec.value);
  consoleSizeOf(hostConfig);
  return warnings;
}

/** @throws InvalidArgumentError for a size that Windows cannot have. */
export function consoleSizeOf(hostConfig: HostConfig): { height: number; width: number } {
  const [height, width] = hostConfig.ConsoleSize ?? [0, 0];
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 0 || side > 0xffff) {
      throw invalidOption(`ConsoleSize [${height}, ${width}]: height and width are whole numbers from 0 to 65535`);
    }
  }
  return { height, width };
}
