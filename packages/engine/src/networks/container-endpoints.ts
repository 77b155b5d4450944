import type { EndpointRecord, EndpointRequest, NetworkRecord } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";
import { canPublish, findNetwork } from "./check-networking.ts";
import { type NetworkConnection, networksOf } from "./container-networks.ts";
import { endpointNames } from "./endpoint-names.ts";
import { normalMac } from "./endpoint-settings.ts";
import { extraHosts } from "./extra-hosts.ts";
import { linksOf } from "./linked-containers.ts";
import { publishNetworkEvent } from "./network-events.ts";
import { defaultNetwork, networkModeOf } from "./network-mode.ts";
import { portRequests } from "./port-requests.ts";

/** A network that a container is to be connected to, and how. */
export interface PlannedConnection {
  readonly network: NetworkRecord;
  readonly connection: NetworkConnection;
}

/**
 * The networks of a container, in the order in which it is connected to them: the one with the highest priority first, which has the
 * default gateway, and of several the default network first.
 * @throws NotFoundError `network x not found`
 */
export function plannedConnections({ networks }: EngineContext, { data }: Container): PlannedConnection[] {
  const { networks: own, config, hostConfig } = data;
  // As in dockerd, one that was disconnected from all of its networks is connected to that of its mode again.
  const connections = Object.keys(own).length === 0 ? networksOf({ config, hostConfig }) : own;
  const planned = Object.entries(connections).map(([name, connection]) => ({
    network: networks.get(name === defaultNetwork ? name : (connection.networkId ?? name)),
    connection,
  }));
  return planned.sort(
    (a, b) =>
      (b.connection.GwPriority ?? 0) - (a.connection.GwPriority ?? 0) ||
      Number(b.network.name === defaultNetwork) - Number(a.network.name === defaultNetwork) ||
      (a.network.name < b.network.name ? -1 : 1),
  );
}

/** The endpoints of a container that exist. */
export function endpointsOf({ networks }: Pick<EngineContext, "networks">, { id }: Pick<Container, "id">): EndpointRecord[] {
  return networks.endpoints().filter(({ containerId }) => containerId === id);
}

/**
 * Connects a container to a network on the host, and reports it. As in dockerd the first endpoint that can have them gets the published
 * ports.
 * @throws what the host network service says; nothing is left then
 */
export async function makeEndpoint(context: EngineContext, container: Container, planned: PlannedConnection): Promise<EndpointRecord> {
  container.step = `connecting it to the network ${planned.network.name}`;
  const endpoint = await context.networks.createEndpoint(endpointRequest(context, container, planned));
  publishNetworkEvent(context, planned.network, "connect", { container: container.id });
  return endpoint;
}

/** Takes an endpoint from the host, and reports it. */
export async function removeEndpoint(context: EngineContext, container: Container, { id, networkId }: EndpointRecord): Promise<void> {
  container.step = "removing its endpoints";
  const network = findNetwork(context.networks, networkId);
  await context.networks.removeEndpoint(id);
  if (network !== undefined) publishNetworkEvent(context, network, "disconnect", { container: container.id });
}

/**
 * Removes all endpoints that a run of a container, or a start of it, has left.
 * @throws the first failure, after all were tried
 */
export async function releaseEndpoints(context: EngineContext, container: Container): Promise<void> {
  const removals = await Promise.allSettled(
    endpointsOf(context, container).map((endpoint) => removeEndpoint(context, container, endpoint)),
  );
  for (const removal of removals) if (removal.status === "rejected") throw removal.reason;
}

/** From now on the others of its networks find a container by the name that it has now. */
export function renameEndpoints(context: EngineContext, container: Container): void {
  const { networks } = container.data;
  const aliases = new Map(Object.values(networks).map(({ networkId, Aliases }) => [networkId, Aliases]));
  for (const { id, networkId } of endpointsOf(context, container)) {
    context.networks.rename(id, endpointNames(container.data, aliases.get(networkId)));
  }
}

function endpointRequest(context: EngineContext, container: Container, { network, connection }: PlannedConnection): EndpointRequest {
  const { id, data } = container;
  const { config, hostConfig } = data;
  const isPublished = endpointsOf(context, container).some(({ ports }) => ports.length > 0);
  const { IPv4Address: ipAddress } = connection.IPAMConfig ?? {};
  const search = hostConfig.DnsSearch?.length ? hostConfig.DnsSearch : context.dnsSearch;
  return {
    networkId: network.id,
    container: { id, name: data.name },
    names: endpointNames(data, connection.Aliases),
    links: linksOf(context, [network.name, network.id].includes(networkModeOf(hostConfig)) ? hostConfig.Links : [], connection.Links),
    lookUp: {
      servers: hostConfig.Dns ?? [],
      search,
      options: hostConfig.DnsOptions ?? [],
      hosts: extraHosts(hostConfig.ExtraHosts, network.ipam.subnets.find(({ gateway }) => gateway !== undefined)?.gateway),
    },
    ...(ipAddress ? { ipAddress } : {}),
    ...(connection.MacAddress ? { macAddress: normalMac(connection.MacAddress) } : {}),
    ports: !isPublished && canPublish(network) ? portRequests(config, hostConfig) : [],
    ...(connection.DriverOpts ? { options: connection.DriverOpts } : {}),
  };
}
