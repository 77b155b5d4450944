import type { NetworkRecord } from "@oriel/contracts";
import type { EngineContext } from "../engine-context.ts";

/** Reports what happened to a network, in dockerd's words and with its attributes. */
export function publishNetworkEvent(
  { events, clock }: Pick<EngineContext, "events" | "clock">,
  { id, name, driver }: Pick<NetworkRecord, "id" | "name" | "driver">,
  action: "create" | "destroy" | "connect" | "disconnect",
  attributes: Readonly<Record<string, string>> = {},
): void {
  events.publish({ type: "network", action, actor: { id, attributes: { ...attributes, name, type: driver } }, time: clock.now() });
}

/** dockerd says so once for all that were removed. */
export function publishNetworksPruned({ events, clock }: Pick<EngineContext, "events" | "clock">): void {
  events.publish({ type: "network", action: "prune", actor: { id: "", attributes: { reclaimed: "0" } }, time: clock.now() });
}
