import type { NetworkRecord } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { ContainerNetworkRecord } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { findNetwork } from "./check-networking.ts";
import { endpointsOf } from "./container-endpoints.ts";
import { endpointNames } from "./endpoint-names.ts";
import type { NetworkInfo } from "./networks-api.ts";

/** How a container is connected to each of its networks. */
export function networkRecords(context: Pick<EngineContext, "networks">, container: Container): ContainerNetworkRecord[] {
  const { data } = container;
  const endpoints = container.run === undefined ? [] : endpointsOf(context, container);
  return Object.entries(data.networks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { networkId: known, ...settings }]) => {
      const networkId = known ?? findNetwork(context.networks, name)?.id ?? "";
      return {
        name,
        networkId,
        settings,
        names: name === "none" ? [] : endpointNames(data, settings.Aliases),
        endpoint: endpoints.find((endpoint) => endpoint.networkId === networkId),
      };
    });
}

/** A network with the containers that are in it now. */
export function networkInfo({ networks, registry }: Pick<EngineContext, "networks" | "registry">, network: NetworkRecord): NetworkInfo {
  const containers = networks.endpoints(network.id).flatMap((endpoint) => {
    const container = registry.find(endpoint.containerId);
    return container === undefined ? [] : [{ id: container.id, name: container.data.name, endpoint }];
  });
  return { ...network, containers };
}
