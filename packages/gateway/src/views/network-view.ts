import type { NetworkSubnet } from "@oriel/contracts";
import type { NetworkInfo } from "@oriel/engine";
import { isAtLeast } from "../http/api-version.ts";
import type { NetworkInspect } from "../schemas/networks.ts";

/** Since these versions of the API the answer says that there is IPv4, and a list leaves the containers out. */
const ipv4Flag = "1.48";
const shortList = "1.28";

export function networkInspect(network: NetworkInfo, apiVersion: string): NetworkInspect {
  const { ipam, labels, options } = network;
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt.toISOString(),
    Scope: "local",
    Driver: network.driver,
    ...(isAtLeast(apiVersion, ipv4Flag) ? { EnableIPv4: true } : {}),
    EnableIPv6: false,
    IPAM: {
      Driver: ipam.driver,
      Options: ipam.options === null ? null : { ...ipam.options },
      Config: ipam.subnets.length === 0 ? null : ipam.subnets.map(subnetView),
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      network.containers.map(({ id, name, endpoint }) => [
        id,
        {
          Name: name,
          EndpointID: endpoint.id,
          MacAddress: endpoint.macAddress,
          IPv4Address: endpoint.ipAddress === "" ? "" : `${endpoint.ipAddress}/${endpoint.prefixLength}`,
          IPv6Address: "",
        },
      ]),
    ),
    Options: { ...options },
    Labels: { ...labels },
  };
}

export function networkSummary(network: NetworkInfo, apiVersion: string): NetworkInspect {
  const view = networkInspect(network, apiVersion);
  return isAtLeast(apiVersion, shortList) ? { ...view, Containers: {} } : view;
}

function subnetView({ subnet, gateway, ipRange, auxiliaryAddresses }: NetworkSubnet) {
  return {
    Subnet: subnet,
    ...(ipRange === undefined ? {} : { IPRange: ipRange }),
    ...(gateway === undefined ? {} : { Gateway: gateway }),
    ...(auxiliaryAddresses === undefined ? {} : { AuxiliaryAddresses: { ...auxiliaryAddresses } }),
  };
}
