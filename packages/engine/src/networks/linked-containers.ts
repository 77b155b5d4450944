import { ConflictError, type EndpointRequest, InvalidArgumentError, isOrielError } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";
import { linkedEnvironment } from "./linked-environment.ts";
import { parseLink } from "./links.ts";
import { defaultNetwork, isUserDefined, networkModeOf, sharedContainerOf } from "./network-mode.ts";
import { exposedPorts } from "./port-requests.ts";

type Links = readonly string[] | null | undefined;

/** What the links of a container are looked up by. One to a container that is not there, in a network of the user's, has no effect. */
export function linksOf({ registry }: Pick<EngineContext, "registry">, ...lists: readonly Links[]): EndpointRequest["links"] {
  return lists
    .flatMap((links) => links ?? [])
    .map(parseLink)
    .flatMap(({ container, alias }) => {
      try {
        return [{ name: alias, containerId: registry.get(container).id }];
      } catch (error) {
        if (isOrielError(error)) return [];
        throw error;
      }
    });
}

/**
 * Environment of the legacy links of a container in the default network.
 * @throws InvalidArgumentError for a link to a container that is not there, or not in that network; ConflictError for one that does not run
 */
export function linkedEnvironmentOf(context: EngineContext, { data, id }: Container): string[] {
  const { hostConfig, name } = data;
  if (isUserDefined(networkModeOf(hostConfig)) || !Object.hasOwn(data.networks, defaultNetwork)) return [];
  return (hostConfig.Links ?? []).map(parseLink).flatMap(({ container: ref, alias }) => {
    const details = { op: "container.start", resource: id };
    const linked = linkedContainer(context, ref);
    if (linked.run === undefined || linked.run.ended.aborted) {
      throw new ConflictError(`Cannot link to a non running container: /${linked.data.name} AS /${name}/${alias}`, details);
    }
    const { id: networkId } = context.networks.get(defaultNetwork);
    const endpoint = context.networks.endpoints(networkId).find(({ containerId }) => containerId === linked.id);
    if (endpoint === undefined) {
      throw new InvalidArgumentError(`container ${linked.id} not attached to default bridge network`, details);
    }
    const { config, hostConfig: linkedHost } = linked.data;
    return linkedEnvironment({
      parentName: name,
      alias,
      ipAddress: endpoint.ipAddress,
      ports: exposedPorts(config, linkedHost),
      environment: config.Env ?? [],
    });
  });
}

/** That whose network the named one has, if it has not one of its own. */
function linkedContainer({ registry }: Pick<EngineContext, "registry">, ref: string): Container {
  try {
    const found = registry.get(ref);
    const shared = sharedContainerOf(networkModeOf(found.data.hostConfig));
    return shared === undefined ? found : registry.get(shared);
  } catch (error) {
    if (!isOrielError(error, "NotFound")) throw error;
    throw new InvalidArgumentError(`could not get container for ${ref}: ${error.message}`, { op: "container.start", resource: ref });
  }
}
