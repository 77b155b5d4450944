import type { EndpointRecord, LifecycleStack, NetworkRecord } from "@oriel/contracts";
import type { SpecNetwork } from "@oriel/oci-spec";
import type { Container } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";
import { endpointsOf, makeEndpoint, type PlannedConnection, plannedConnections, removeEndpoint } from "./container-endpoints.ts";
import type { ContainerNetworks } from "./container-networks.ts";
import { linkedEnvironmentOf } from "./linked-containers.ts";
import { sharedNetworkOf } from "./shared-network.ts";

/** What a container is connected to by its next run. */
export interface NetworkPlan {
  /** The container whose network it shares, in place of connections of its own. */
  readonly sharedWith: Container | undefined;
  readonly connections: readonly PlannedConnection[];
}

/** What a spec says of the network of a run, and what its row is to keep. */
export interface ConnectedNetworks {
  readonly spec: SpecNetwork;
  readonly linkedEnv: readonly string[];
  readonly networks: ContainerNetworks;
  /** Where the network is shared, that of the container whose it is. */
  readonly hostname: string | undefined;
}

/**
 * What has to be there for a container's start: all that can be found out before anything is made.
 * @throws NotFoundError for a network or container that is not there; ConflictError for a container that does not run
 */
export function planNetworks(context: EngineContext, container: Container): NetworkPlan {
  const sharedWith = sharedNetworkOf(context, container);
  return { sharedWith, connections: sharedWith === undefined ? plannedConnections(context, container) : [] };
}

/**
 * Makes the endpoints of a run, each with its undo.
 * @throws what the host network service says; the signal's reason
 */
export async function connectNetworks(
  context: EngineContext,
  container: Container,
  { sharedWith, connections }: NetworkPlan,
  { undo, signal }: { readonly undo: LifecycleStack; readonly signal: AbortSignal },
): Promise<ConnectedNetworks> {
  if (sharedWith !== undefined) {
    const endpointIds = endpointsOf(context, sharedWith).map(({ hnsId }) => hnsId);
    const spec = { endpoints: [], sharedWith: { containerId: sharedWith.id, endpointIds } };
    return { spec, linkedEnv: [], networks: container.data.networks, hostname: sharedWith.data.config.Hostname };
  }
  const linkedEnv = linkedEnvironmentOf(context, container);
  const endpoints: SpecNetwork["endpoints"][number][] = [];
  for (const planned of connections) {
    if (planned.network.hnsId === undefined) continue;
    const endpoint = await makeEndpoint(context, container, planned);
    undo.push({ name: `endpoint in the network ${planned.network.name}`, release: () => removeEndpoint(context, container, endpoint) });
    endpoints.push(specEndpoint(planned.network, endpoint));
    signal.throwIfAborted();
  }
  const networks = Object.fromEntries(
    connections.map(({ network, connection }) => [network.name, { ...connection, networkId: network.id }]),
  );
  return { spec: { endpoints }, linkedEnv, networks, hostname: undefined };
}

function specEndpoint({ name }: NetworkRecord, { hnsId, allowUnqualifiedDns }: EndpointRecord): SpecNetwork["endpoints"][number] {
  return { network: name, endpointId: hnsId, allowUnqualifiedDns };
}
