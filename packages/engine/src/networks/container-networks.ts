import type { ContainerConfig, EndpointSettings, HostConfig } from "@oriel/contracts";
import { isUserDefined, networkModeOf, networkNameOf, sharedContainerOf } from "./network-mode.ts";

/** How a container is connected to one network, as asked for. */
export interface NetworkConnection extends EndpointSettings {
  /** Of the network that the container was connected to last: one that takes its name later is another. */
  readonly networkId?: string;
}

/** By the networks' names. */
export type ContainerNetworks = Readonly<Record<string, NetworkConnection>>;

export interface NetworksRequest {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** By names or ids of networks. @default {} */
  readonly asked?: Readonly<Record<string, EndpointSettings>>;
}

/**
 * The networks of a new container: those asked for, the one of its network mode where that names one of the user's, and the default
 * network where neither names any. One that shares another's network, or has none, is connected to nothing itself.
 * @param nameOf Returns the name of a network that is known by another: by its id.
 */
export function networksOf(
  { config, hostConfig, asked = {} }: NetworksRequest,
  nameOf: (ref: string) => string = (ref) => ref,
): ContainerNetworks {
  const mode = networkModeOf(hostConfig);
  if (config.NetworkDisabled === true || sharedContainerOf(mode) !== undefined) return {};
  const given = Object.entries(asked).map(([ref, settings]) => [nameOf(networkNameOf(ref)), settings] as const);
  const isNamed = given.length === 0 || isUserDefined(mode);
  return Object.fromEntries([...(isNamed ? [[nameOf(mode), {}] as const] : []), ...given]);
}
