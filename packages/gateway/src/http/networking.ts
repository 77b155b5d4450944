import { type EndpointSettings, InvalidArgumentError } from "@oriel/contracts";
import { defaultNetwork, isUserDefined, networkModeOf, networkNameOf } from "@oriel/engine";
import type { ContainerCreateBody } from "../schemas/container-config.ts";
import { type EndpointSettingsSchema, endpointFields } from "../schemas/networks.ts";
import { isAtLeast } from "./api-version.ts";

export type AskedNetworks = Readonly<Record<string, EndpointSettings>>;

/** Since this version of the API the address of the network card is a setting of the connection. */
const macOfConnection = "1.44";

/** The settings of a connection that were given. */
export function endpointSettings(given: EndpointSettingsSchema | null | undefined): EndpointSettings {
  const known = Object.entries(given ?? {}).filter(([name, value]) => name in endpointFields && value !== null && value !== undefined);
  return Object.fromEntries(known);
}

/**
 * How a container is to be connected, by networks; with the address of its network card, which older clients give for the container
 * as a whole.
 * @throws InvalidArgumentError in dockerd's words
 */
export function askedNetworks(
  { HostConfig, NetworkingConfig, MacAddress: mac = "" }: ContainerCreateBody,
  apiVersion: string,
): { readonly networks: AskedNetworks; readonly warnings: readonly string[] } {
  const isOld = !isAtLeast(apiVersion, macOfConnection);
  const given = Object.entries(NetworkingConfig?.EndpointsConfig ?? {}).map(([name, settings]): [string, EndpointSettings] => {
    const { MacAddress, ...others } = endpointSettings(settings);
    // Older daemons did not read it, so that older clients may send what they do not mean.
    return [name, { ...others, ...(MacAddress && !isOld ? { MacAddress } : {}) }];
  });
  const networks = Object.fromEntries(given);
  if (mac === "") return { networks, warnings: [] };
  const mode = networkModeOf({ NetworkMode: HostConfig?.NetworkMode ?? "" });
  const isConnected = mode === defaultNetwork || isUserDefined(mode);
  if (isOld && !isConnected) throw invalid("conflicting options: mac-address and the network mode");
  const warnings = isOld
    ? []
    : ["The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."];
  if (!isConnected) return { networks, warnings };
  const [main = mode] = Object.keys(networks).filter((name) => networkNameOf(name) === mode);
  const before = networks[main]?.MacAddress;
  if (before !== undefined && before !== mac) {
    throw invalid("the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty");
  }
  return { networks: { ...networks, [main]: { ...networks[main], MacAddress: mac } }, warnings };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op: "container.create", resource: "MacAddress" });
}
