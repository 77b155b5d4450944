import type { Clock } from "../clock.ts";
import type { EngineEvent } from "../engine-api.ts";

/** An event of a volume, with the attributes that dockerd gives it. */
export function volumeEvent(
  clock: Clock,
  name: string,
  action: "create" | "destroy" | "mount" | "unmount" | "prune",
  attributes: Readonly<Record<string, string>> = {},
): EngineEvent {
  return {
    type: "volume",
    action,
    actor: { id: name, attributes: action === "prune" ? attributes : { driver: "local", ...attributes } },
    time: clock.now(),
  };
}
