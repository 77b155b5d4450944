import type { ContainerCreateBody } from "../schemas/container-config.ts";

const unchosen = ["", "default"];

/**
 * The network that a container asks for: that of `HostConfig`, or the one that `NetworkingConfig` names where that says nothing. Undefined
 * where neither names one.
 */
export function networkModeOf({ HostConfig, NetworkingConfig }: ContainerCreateBody): string | undefined {
  const mode = HostConfig?.NetworkMode;
  if (!unchosen.includes(mode ?? "")) return mode;
  return Object.keys(NetworkingConfig?.EndpointsConfig ?? {}).find((name) => !unchosen.includes(name)) ?? mode;
}

/** Returns a warning for each setting of a network that has no effect, as containers are connected to none. */
export function checkNetworking({ HostConfig, NetworkingConfig, MacAddress }: ContainerCreateBody): string[] {
  const asked = [
    ...(MacAddress ? ["MacAddress"] : []),
    ...(["Dns", "DnsOptions", "ExtraHosts"] as const).filter((name) => (HostConfig?.[name]?.length ?? 0) > 0),
    ...Object.entries(NetworkingConfig?.EndpointsConfig ?? {}).flatMap(([network, settings]) =>
      Object.entries(settings ?? {}).flatMap(([name, value]) => (asksForNothing(value) ? [] : [`${name} of the network ${network}`])),
    ),
  ];
  return asked.map((name) => `${name} has no effect: this version connects containers to no network.`);
}

/** docker sends every setting of an endpoint, most of them empty. */
function asksForNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.values(value).every(asksForNothing);
}
