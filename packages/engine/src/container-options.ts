import { type ContainerConfig, type HostConfig, type HostFacts, InvalidArgumentError, UnimplementedError } from "@oriel/core";
import { validateContainerConfig, validateHostConfig } from "@oriel/oci-spec";
import { userWarnings } from "./container-user.ts";
import { connectsToNothing, networkModeOf } from "./network-mode.ts";
import { checkRestartPolicy } from "./restart-policy.ts";
import { knownSignal } from "./signals.ts";
import { askedMountsOf, configVolumesOf } from "./volumes/asked-mounts.ts";

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
  refuse("Links", hostConfig.Links);
  checkStopSignal(config.StopSignal);
  checkStopTimeout(config.StopTimeout);
  checkNetwork(hostConfig, warnings);
  if (imageOs === "windows") warnings.push(...userWarnings(host, config.User));
  checkLog(hostConfig, warnings);
  if (config.Healthcheck?.Test !== undefined && config.Healthcheck.Test[0] !== "NONE") {
    warnings.push("The health check is stored but not run.");
  }
  return warnings;
}

function refuse(option: string, values: readonly string[] | null | undefined): void {
  if (values === undefined || values === null || values.length === 0) return;
  throw new UnimplementedError(`${option} (${values.join(", ")}): not supported by this version`, {
    op,
    resource: option,
    remedy: `create the container without ${option}`,
  });
}

function checkStopSignal(signal: string | undefined): void {
  if (!signal || knownSignal(signal) !== undefined) return;
  throw new InvalidArgumentError(`invalid signal: ${signal}`, { op, resource: "StopSignal" });
}

function checkStopTimeout(timeout: number | undefined): void {
  if (timeout === undefined || (Number.isInteger(timeout) && timeout >= -1)) return;
  throw new InvalidArgumentError(`StopTimeout ${timeout}: must be a whole number of seconds, or -1 to wait for ever`, { op });
}

function checkNetwork(hostConfig: HostConfig, warnings: string[]): void {
  const mode = networkModeOf(hostConfig);
  if (mode.startsWith("container:")) refuse("NetworkMode", [mode]);
  if (connectsToNothing(mode)) {
    warnings.push(`The container is not connected to the network ${mode}: this version connects containers to no network.`);
  }
  checkPorts(hostConfig.PortBindings ?? {});
  const published = Object.keys(hostConfig.PortBindings ?? {});
  if (published.length > 0) {
    warnings.push(`Ports are not published: ${published.join(", ")}. This version connects containers to no network.`);
  } else if (hostConfig.PublishAllPorts === true) {
    warnings.push("Ports are not published. This version connects containers to no network.");
  }
}

/** @throws InvalidArgumentError, in dockerd's words, for a port that is no number from 0 to 65535, or a range of the host that is none */
function checkPorts(bindings: NonNullable<HostConfig["PortBindings"]>): void {
  const refuse = (port: string): never => {
    throw new InvalidArgumentError(`invalid port specification: ${JSON.stringify(port)}`, { op, resource: "PortBindings" });
  };
  for (const [port, hosts] of Object.entries(bindings)) {
    const [number = ""] = port.split("/");
    if (!isPort(number)) refuse(number);
    for (const { HostPort = "" } of hosts ?? []) {
      const [numbers = ""] = HostPort.split("/");
      const ends = numbers.split("-");
      if (ends.length > 2 || !ends.every(isPort) || Number(ends.at(-1)) < Number(ends[0])) refuse(HostPort);
    }
  }
}

/** Empty stands for any. */
function isPort(text: string): boolean {
  return text === "" || (/^\d{1,5}$/.test(text) && Number(text) <= 65_535);
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
