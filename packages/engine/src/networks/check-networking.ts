import { isIP } from "node:net";
import { type ContainerConfig, type HostConfig, InvalidArgumentError, isOrielError, type NetworkRecord } from "@oriel/contracts";
import type { EngineContext } from "../engine-context.ts";
import type { ContainerNetworks } from "./container-networks.ts";
import { checkEndpointSettings } from "./endpoint-settings.ts";
import { checkExtraHost } from "./extra-hosts.ts";
import { parseLink } from "./links.ts";
import { isUserDefined, networkModeOf, sharedContainerOf } from "./network-mode.ts";
import { portRequests } from "./port-requests.ts";

const op = "container.create";

/** dockerd's words. */
export const sharedConflict = "container sharing network namespace with another container or host cannot be connected to any other network";
export const noneConflict = "container cannot be connected to multiple networks with one of the networks in private (none) mode";

export interface CheckNetworkingOptions {
  /** As the user gave it. */
  readonly asked: ContainerConfig;
  /** With what the image adds. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networks: ContainerNetworks;
  /** Names of the networks that are asked for beside the network mode. */
  readonly named: readonly string[];
}

/**
 * Checks all that a container asks of networks when it is made. A network that does not exist is found out when the container starts, as
 * in dockerd: clients take a 404 of a creation for a missing image. Returns warnings for the user.
 * @throws InvalidArgumentError in dockerd's words
 */
export function checkNetworking(context: Pick<EngineContext, "networks" | "registry">, options: CheckNetworkingOptions): string[] {
  const { asked, config, hostConfig, networks, named } = options;
  const mode = networkModeOf(hostConfig);
  checkPorts(hostConfig.PortBindings ?? {});
  if (sharedContainerOf(mode) !== undefined) {
    checkSharedMode(asked, hostConfig);
    if (named.some((name) => name !== hostConfig.NetworkMode)) throw invalid(sharedConflict, "NetworkingConfig");
  }
  const ports = portRequests(config, hostConfig);
  for (const server of hostConfig.Dns ?? [])
    if (isIP(server) === 0) throw invalid(`IP address is not correctly formatted: ${server}`, "Dns");
  for (const host of hostConfig.ExtraHosts ?? []) checkExtraHost(host);
  const names = Object.keys(networks);
  if (names.includes("none") && names.length > 1) {
    throw invalid(noneConflict, "NetworkingConfig");
  }
  const found = new Map(names.map((name) => [name, findNetwork(context.networks, name)]));
  for (const [name, settings] of Object.entries(networks)) checkConnection(name, settings, found.get(name));
  const carriers = [...found].filter(([name, network]) => name !== "none" && (network === undefined || canPublish(network)));
  return [
    ...checkLinks(context, options, mode),
    ...(ports.length > 0 && carriers.length === 0 ? [`Published ports are discarded: ${whyNoPorts(names)}.`] : []),
    ...(config.NetworkDisabled === true && named.length > 0
      ? [`The container is not connected to ${named.join(", ")}: its network is disabled.`]
      : []),
    ...Object.entries(networks).flatMap(([name, { IPAMConfig }]) =>
      IPAMConfig?.LinkLocalIPs?.length ? [`LinkLocalIPs of the network ${name} has no effect on Windows containers.`] : [],
    ),
  ];
}

/** Whether a network takes published ports: as in dockerd not an internal one, which the host's clients do not reach. */
export function canPublish({ internal, driver }: NetworkRecord): boolean {
  return !internal && !["internal", "private", "null"].includes(driver);
}

/** @throws what is no "not found" */
export function findNetwork(networks: Pick<EngineContext["networks"], "get">, ref: string): NetworkRecord | undefined {
  try {
    return networks.get(ref);
  } catch (error) {
    if (isOrielError(error, "NotFound")) return undefined;
    throw error;
  }
}

function whyNoPorts(names: readonly string[]): string {
  if (names.length === 0) return "the container has no network";
  return `the container is connected to ${names.join(", ")} only, which the host's clients do not reach`;
}

function checkConnection(name: string, settings: ContainerNetworks[string], network: NetworkRecord | undefined): void {
  try {
    checkEndpointSettings(settings, network, op);
  } catch (error) {
    if (!isOrielError(error)) throw error;
    throw invalid(`invalid config for network ${name}: ${error.message}`, name);
  }
}

/** What depends on a network of its own cannot be asked for together with another container's. */
function checkSharedMode(asked: ContainerConfig, hostConfig: HostConfig): void {
  const { Links, Dns, ExtraHosts, PortBindings = {}, PublishAllPorts } = hostConfig;
  const conflict = (isAsked: boolean, what: string, option: string): void => {
    if (isAsked) throw invalid(`conflicting options: ${what}`, option);
  };
  conflict((asked.Hostname ?? "") !== "", "hostname and the network mode", "Hostname");
  conflict((Links?.length ?? 0) > 0, "container type network can't be used with links. This would result in undefined behavior", "Links");
  conflict((Dns?.length ?? 0) > 0, "dns and the network mode", "Dns");
  conflict((ExtraHosts?.length ?? 0) > 0, "custom host-to-IP mapping and the network mode", "ExtraHosts");
  const isPublished = Object.keys(PortBindings).length > 0 || PublishAllPorts === true;
  conflict(isPublished, "port publishing and the container type network mode", "PortBindings");
  conflict(Object.keys(asked.ExposedPorts ?? {}).length > 0, "port exposing and the container type network mode", "ExposedPorts");
}

/**
 * As in dockerd, a legacy link is to a container that exists, and one in a network of the user's may come to be: its names are
 * looked up when the container starts.
 */
function checkLinks(
  { registry }: Pick<EngineContext, "registry">,
  { hostConfig, networks }: CheckNetworkingOptions,
  mode: string,
): string[] {
  const isThere = (ref: string): string | undefined => {
    try {
      registry.get(ref);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  for (const { container } of (hostConfig.Links ?? []).map(parseLink)) {
    const fault = isUserDefined(mode) ? undefined : isThere(container);
    if (fault !== undefined) throw invalid(`could not get container for ${container}: ${fault}`, "Links");
  }
  const others = Object.values(networks).flatMap(({ Links }) => (Links ?? []).map(parseLink));
  const all = [...others, ...(isUserDefined(mode) ? (hostConfig.Links ?? []).map(parseLink) : [])];
  return all.flatMap(({ container, alias }) =>
    isThere(container) === undefined
      ? []
      : [
          `The link ${container}:${alias} names a container that does not exist: it has an effect if there is one when this container starts.`,
        ],
  );
}

/** @throws InvalidArgumentError, in dockerd's words, for a port that is no number from 0 to 65535, or a range of the host that is none */
function checkPorts(bindings: NonNullable<HostConfig["PortBindings"]>): void {
  const refuse = (port: string): never => {
    throw invalid(`invalid port specification: ${JSON.stringify(port)}`, "PortBindings");
  };
  for (const [port, hosts] of Object.entries(bindings)) {
    const [number = ""] = port.split("/");
    if (number === "" || !isPort(number)) refuse(number);
    for (const { HostPort = "", HostIp = "" } of hosts ?? []) {
      const [numbers = ""] = HostPort.split("/");
      const ends = numbers.split("-");
      const isOpen = ends.length === 2 && ends.includes("");
      if (ends.length > 2 || isOpen || !ends.every(isPort) || Number(ends.at(-1)) < Number(ends[0])) refuse(HostPort);
      if (HostIp !== "" && isIP(HostIp) === 0) throw invalid(`invalid IP address: ${HostIp}`, "PortBindings");
    }
  }
}

/** Empty stands for any. */
function isPort(text: string): boolean {
  return text === "" || (/^\d{1,5}$/.test(text) && Number(text) <= 65_535);
}

function invalid(message: string, resource: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op, resource });
}
