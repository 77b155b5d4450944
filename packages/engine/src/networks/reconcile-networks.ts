import type { Container } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";
import { endpointsOf } from "./container-endpoints.ts";

/**
 * Removes the endpoints that a former process of the engine left and no container needs. What a container that may still run is
 * connected to by its row stays.
 */
export async function reconcileNetworks(context: EngineContext, running: readonly Container[]): Promise<void> {
  const { networks, logger } = context;
  const endpointIds = new Set(running.flatMap((container) => ownedEndpoints(context, container)));
  try {
    const { removed, failed } = await networks.reconcile({ endpointIds });
    for (const line of removed) logger.info({}, `networks gave back what the former daemon left: ${line}`);
    for (const line of failed) logger.warn({}, `networks could not give back what the former daemon left: ${line}`);
  } catch (error) {
    // Containers without a network start all the same; others find out then.
    logger.error({ error }, "what the former daemon left in networks could not be found out");
  }
}

function ownedEndpoints(context: EngineContext, container: Container): string[] {
  const connected = new Set(Object.values(container.data.networks).map(({ networkId }) => networkId));
  return endpointsOf(context, container).flatMap(({ id, networkId }) => (connected.has(networkId) ? [id] : []));
}
