import {
  ConflictError,
  type EndpointRecord,
  type EndpointSettings,
  InvalidArgumentError,
  type NetworkRecord,
  PermissionDeniedError,
} from "@oriel/contracts";
import type { Container, ContainerRun } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";
import { noneConflict, sharedConflict } from "./check-networking.ts";
import { makeEndpoint, removeEndpoint } from "./container-endpoints.ts";
import { checkEndpointSettings } from "./endpoint-settings.ts";
import { networkModeOf, sharedContainerOf } from "./network-mode.ts";
import { whenSteady } from "./when-steady.ts";

const op = "network.connect";

/** Connects a container to a network: at once if it runs, else from its next start on. */
export async function connectContainer(
  context: EngineContext,
  network: NetworkRecord,
  container: Container,
  settings: EndpointSettings,
): Promise<void> {
  checkEndpointSettings(settings, network, op);
  await whenSteady(context, container, network.name, async () => {
    checkConnectable(container, network);
    const { run } = container;
    // What is connected to none has nothing on the host.
    if (run === undefined || network.hnsId === undefined)
      context.registry.change(container, { networks: { ...container.data.networks, [network.name]: settings } });
    else await connectRunning(context, network, container, run, settings);
  });
}

/** The endpoint first, then the row, so that a crash leaves an endpoint that the next daemon removes. Whatever fails is undone. */
async function connectRunning(
  context: EngineContext,
  network: NetworkRecord,
  container: Container,
  run: ContainerRun,
  settings: EndpointSettings,
): Promise<void> {
  if (Object.hasOwn(container.data.networks, network.name)) {
    throw new PermissionDeniedError(
      `endpoint with name ${container.data.name} already exists in network ${network.name}`,
      detailsOf(container),
    );
  }
  const endpoint = await makeEndpoint(context, container, { network, connection: settings });
  try {
    assertRuns(container, run);
    await context.runtime.attachEndpoint(container.id, endpoint.hnsId);
    assertRuns(container, run);
    const connection = { ...settings, networkId: network.id };
    context.registry.change(container, { networks: { ...container.data.networks, [network.name]: connection } });
  } catch (error) {
    await undo(context, container, run, endpoint);
    throw error;
  }
}

async function undo(context: EngineContext, container: Container, run: ContainerRun, endpoint: EndpointRecord): Promise<void> {
  const report = (error: unknown): void =>
    context.logger.warn({ container: container.id, error }, "a failed connection to a network could not be undone whole");
  // One that was not attached is no error.
  if (container.run === run) await context.runtime.detachEndpoint(container.id, endpoint.hnsId).catch(report);
  await removeEndpoint(context, container, endpoint).catch(report);
}

/** What a run leaves is cleaned up by what is known when it ends: an endpoint that is made later belongs to nobody. */
function assertRuns(container: Container, run: ContainerRun): void {
  if (container.run === run && !run.ended.aborted) return;
  throw new ConflictError(`container ${container.id} ended while it was connected to the network`, detailsOf(container));
}

function checkConnectable(container: Container, network: NetworkRecord): void {
  const { data } = container;
  const details = detailsOf(container);
  if (sharedContainerOf(networkModeOf(data.hostConfig)) !== undefined) throw new InvalidArgumentError(sharedConflict, details);
  if (data.config.NetworkDisabled === true) {
    throw new InvalidArgumentError(`container ${container.id} cannot be connected to a network: its network is disabled`, details);
  }
  const others = Object.keys(data.networks).filter((name) => name !== network.name);
  if (others.includes("none") || (network.name === "none" && others.length > 0)) throw new InvalidArgumentError(noneConflict, details);
}

function detailsOf({ id }: Container) {
  return { op, resource: id };
}
