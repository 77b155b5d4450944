import { isOrielError } from "@oriel/contracts";
import type { Networks } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { connectContainer } from "./connect-container.ts";
import { disconnectContainer } from "./disconnect-container.ts";
import { publishNetworkEvent, publishNetworksPruned } from "./network-events.ts";
import { networkFilter, pruneFilter } from "./network-filters.ts";
import { networkInfo } from "./network-records.ts";

/** Every operation on networks: names are looked up here. */
export function engineNetworks(context: EngineContext): Networks {
  const { networks, registry } = context;
  return {
    async list(filters = {}) {
      const matches = networkFilter(filters);
      return networks
        .list()
        .map((network) => networkInfo(context, network))
        .filter(matches);
    },
    inspect: async (ref) => networkInfo(context, networks.get(ref)),
    async create(request) {
      const { network, warnings } = await networks.create(request);
      publishNetworkEvent(context, network, "create");
      return { id: network.id, warnings };
    },
    async remove(ref) {
      publishNetworkEvent(context, await networks.remove(ref), "destroy");
    },
    prune: (filters = {}) => pruneNetworks(context, filters),
    connect: async (ref, containerRef, settings = {}) => connectContainer(context, networks.get(ref), registry.get(containerRef), settings),
    disconnect: async (ref, containerRef, { force = false } = {}) =>
      disconnectContainer(context, ref, registry.get(containerRef), { force }),
  };
}

/** One that is used meanwhile is let be; one that the host does not give up is logged. */
async function pruneNetworks(context: EngineContext, filters: Readonly<Record<string, readonly string[]>>): Promise<readonly string[]> {
  const { networks, clock, logger } = context;
  const matches = pruneFilter(filters, clock.now());
  const removed: string[] = [];
  for (const network of networks.list()) {
    if (network.isPredefined || networks.endpoints(network.id).length > 0 || !matches(networkInfo(context, network))) continue;
    try {
      publishNetworkEvent(context, await networks.remove(network.id), "destroy");
      removed.push(network.name);
    } catch (error) {
      if (isOrielError(error, "NotFound") || isOrielError(error, "PermissionDenied")) continue;
      logger.warn({ network: network.name, error }, "a network was not pruned");
    }
  }
  publishNetworksPruned(context);
  return removed;
}
