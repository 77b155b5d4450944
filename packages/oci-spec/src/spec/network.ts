import type { WindowsSpec } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";

/** A container's endpoint in one network. */
export interface SpecEndpoint {
  /** Name of the network, for messages. */
  readonly network: string;
  /** HNS id of the endpoint. */
  readonly endpointId: string;
  /** HNS id of the gateway's endpoint, where the network has one. */
  readonly gatewayEndpointId?: string;
  /** Names without a dot are looked up too. */
  readonly allowUnqualifiedDns?: boolean;
}

/** How a container is connected. */
export interface SpecNetwork {
  /** One for each network, in the order of the container's configuration. Empty without a network. */
  readonly endpoints: readonly SpecEndpoint[];
  /** For the network mode `container:x`: x and its endpoints. */
  readonly sharedWith?: { readonly containerId: string; readonly endpointIds: readonly string[] };
}

/**
 * The spec's network: each endpoint once; own ones first, then shared ones, then the gateways'.
 * @throws InvalidArgumentError for a network whose endpoint has no id: the container would start without it.
 */
export function networkSpec(
  network: SpecNetwork,
  containerDnsSearch: readonly string[] | undefined,
  daemonDnsSearch: readonly string[] | undefined,
): NonNullable<WindowsSpec["network"]> {
  const ids = new Set<string>();
  let allowUnqualifiedDns = false;
  for (const endpoint of network.endpoints) {
    if (endpoint.endpointId === "") throw invalidOption(`the container's endpoint in network ${endpoint.network} has no HNS id`);
    ids.add(endpoint.endpointId);
    if (endpoint.allowUnqualifiedDns === true) allowUnqualifiedDns = true;
  }
  for (const id of network.sharedWith?.endpointIds ?? []) ids.add(id);
  for (const { gatewayEndpointId } of network.endpoints) if (gatewayEndpointId) ids.add(gatewayEndpointId);
  const dnsSearch = containerDnsSearch?.length ? containerDnsSearch : daemonDnsSearch;
  return {
    ...(ids.size === 0 ? {} : { endpointList: [...ids] }),
    ...(allowUnqualifiedDns ? { allowUnqualifiedDNSQuery: true } : {}),
    ...(dnsSearch?.length ? { DNSSearchList: [...dnsSearch] } : {}),
    ...(network.sharedWith === undefined ? {} : { networkSharedContainerName: network.sharedWith.containerId }),
  };
}
