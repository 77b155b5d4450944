import { ConflictError, InvalidArgumentError } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { EngineContext } from "../engine-context.ts";
import { networkModeOf, sharedContainerOf } from "./network-mode.ts";

/**
 * The container whose network another one shares: the one that is named or, where that shares one itself, the one whose it is.
 * Undefined for a container with a network of its own.
 * @throws NotFoundError; ConflictError unless it runs; InvalidArgumentError for a container that names itself, and for one that has no
 *   network on the host
 */
export function sharedNetworkOf({ registry }: Pick<EngineContext, "registry">, container: Container): Container | undefined {
  const details = { op: "container.start", resource: container.id };
  let owner: Container | undefined;
  for (let ref = sharedRefOf(container); ref !== undefined; ref = sharedRefOf(owner)) {
    owner = registry.get(ref);
    if (owner === container) throw new InvalidArgumentError("cannot join own network namespace", details);
    const { name, status, isolation } = owner.data;
    if (status === "restarting") {
      throw new ConflictError(`Container ${ref} is restarting, wait until the container is running`, details);
    }
    if (owner.run === undefined || owner.run.ended.aborted) {
      const state = status === "running" || status === "paused" ? "exited" : status;
      throw new ConflictError(`cannot join network namespace of a non running container: container ${name} is ${state}`, details);
    }
    if (isolation === "hyperv") throw new InvalidArgumentError("sharing of hyperv containers network is not supported", details);
  }
  return owner;
}

function sharedRefOf({ data }: Container): string | undefined {
  return sharedContainerOf(networkModeOf(data.hostConfig));
}
