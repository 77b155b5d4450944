import { type ContainerConfig, type HostConfig, type HostFacts, InvalidArgumentError } from "@oriel/contracts";
import { validateContainerConfig, validateHostConfig } from "@oriel/oci-spec";
import { askedMountsOf, configVolumesOf } from "../volumes/asked-mounts.ts";
import { userWarnings } from "./container-user.ts";
import { checkRestartPolicy } from "./restart-policy.ts";
import { knownSignal } from "./signals.ts";

const op = "container.create";

export interface CheckOptions {
  /** With what the image adds. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly imageOs: string;
  readonly host: HostFacts;
  readonly defaultIsolation: "process" | "hyperv";
}

/**
 * Checks a container's options when it is made, so that what cannot be honoured is refused at once and not found out at
 * run time. Answers warnings for the user.
 * @throws InvalidArgumentError, UnimplementedError or NotFoundError naming the option.
 */
export function checkContainerOptions(options: CheckOptions): string[] {
  const { config, hostConfig, imageOs, host, defaultIsolation } = options;
  const warnings = validateHostConfig(hostConfig, { defaultIsolation, processors: host.processors, os: imageOs });
  validateContainerConfig(config, imageOs);
  checkRestartPolicy(hostConfig);
  askedMountsOf(hostConfig);
  configVolumesOf(config.Volumes);
  checkStopSignal(config.StopSignal);
  checkStopTimeout(config.StopTimeout);
  if (imageOs === "windows") warnings.push(...userWarnings(host, config.User));
  checkLog(hostConfig, warnings);
  if (config.Healthcheck?.Test !== undefined && config.Healthcheck.Test[0] !== "NONE") {
    warnings.push("The health check is stored but not run.");
  }
  return warnings;
}

function checkStopSignal(signal: string | undefined): void {
  if (!signal || knownSignal(signal) !== undefined) return;
  throw new InvalidArgumentError(`invalid signal: ${signal}`, { op, resource: "StopSignal" });
}

function checkStopTimeout(timeout: number | undefined): void {
  if (timeout === undefined || (Number.isInteger(timeout) && timeout >= -1)) return;
  throw new InvalidArgumentError(`StopTimeout ${timeout}: must be a whole number of seconds, or -1 to wait for ever`, { op });
}

function checkLog(hostConfig: HostConfig, warnings: string[]): void {
  const driver = hostConfig.LogConfig?.Type ?? "";
  if (driver !== "" && driver !== "json-file") {
    throw new InvalidArgumentError(`logger: no log driver named '${driver}' is registered`, {
      op,
      resource: "LogConfig",
      remedy: "the log driver is json-file",
    });
  }
  const settings = Object.keys(hostConfig.LogConfig?.Config ?? {});
  if (settings.length > 0) warnings.push(`Log options are stored but not applied: ${settings.join(", ")}.`);
}
