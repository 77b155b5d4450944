import { ConflictError, type EndpointRecord, NotFoundError } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import { changeOrLog, type EngineContext } from "../engine-context.ts";
import { findNetwork } from "./check-networking.ts";
import { endpointsOf, removeEndpoint } from "./container-endpoints.ts";
import { publishNetworkEvent } from "./network-events.ts";
import { networkNameOf } from "./network-mode.ts";
import { whenSteady } from "./when-steady.ts";

export interface DisconnectOptions {
  /** Also from a network that is gone, and where the host does not take the endpoint from the running container. */
  readonly force: boolean;
}

const op = "network.disconnect";

/** Disconnects a container from a network: at once if it runs, and for its next starts. */
export async function disconnectContainer(
  context: EngineContext,
  ref: string,
  container: Container,
  { force }: DisconnectOptions,
): Promise<void> {
  const network = findNetwork(context.networks, ref);
  const name = network?.name ?? networkNameOf(ref);
  if (network === undefined && !force) throw new NotFoundError(`network ${ref} not found`, { op, resource: ref });
  await whenSteady(context, container, name, async () => {
    const { networks } = container.data;
    if (!Object.hasOwn(networks, name)) {
      throw new ConflictError(`container ${container.id} is not connected to network ${name}`, { op, resource: container.id });
    }
    const endpoint =
      container.run === undefined ? undefined : endpointsOf(context, container).find(({ networkId }) => networkId === network?.id);
    const { [name]: connection, ...others } = networks;
    // The row first: an endpoint that it does not have is removed by the next daemon after a crash.
    context.registry.change(container, { networks: others });
    if (endpoint === undefined) {
      if (network !== undefined) publishNetworkEvent(context, network, "disconnect", { container: container.id });
      return;
    }
    try {
      await takeFromRunning(context, container, endpoint, force);
    } catch (error) {
      changeOrLog(context, container, { networks: { ...container.data.networks, ...(connection && { [name]: connection }) } });
      throw error;
    }
  });
}

async function takeFromRunning(context: EngineContext, container: Container, endpoint: EndpointRecord, force: boolean): Promise<void> {
  try {
    await context.runtime.detachEndpoint(container.id, endpoint.hnsId);
  } catch (error) {
    // One that ended meanwhile has nothing to be detached from.
    if (!force && container.run?.ended.aborted === false) throw error;
    context.logger.warn({ container: container.id, error }, "an endpoint was not detached from a container");
  }
  await removeEndpoint(context, container, endpoint);
}
