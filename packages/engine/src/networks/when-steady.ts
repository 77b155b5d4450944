import { ConflictError } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import type { Container } from "../containers/container.ts";
import { isBusy, untilIdle } from "../containers/until-idle.ts";
import type { EngineContext } from "../engine-context.ts";

/**
 * Does `work` once the container neither starts nor is being cleaned up after a run: it runs then, or does not.
 * @throws ConflictError for one that is being removed; DeadlineExceededError when the host does not return from a cleanup
 */
export function whenSteady(context: EngineContext, container: Container, network: string, work: () => Promise<void>): Promise<void> {
  return container.connecting.run(network, async () => {
    while (container.attempt !== undefined || isBusy(container)) {
      // Its failure is the starter's; a start has deadlines of its own.
      if (container.attempt !== undefined) await settlesWithin(container.attempt.result, Number.POSITIVE_INFINITY, context.clock);
      if (isBusy(container)) await untilIdle(context, container, "network.change");
    }
    const { removal, data, id } = container;
    if (removal !== undefined || data.status === "removing" || data.status === "dead") {
      throw new ConflictError(`Container ${id} is marked for removal and cannot be connected or disconnected to the network`, {
        op: "network.change",
        resource: id,
      });
    }
    await work();
  });
}
