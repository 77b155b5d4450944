import { type EngineEvent, nanosecondsOf } from "@oriel/engine";
import { checkFilterNames, type FilterMap } from "../http/query-values.ts";
import type { EventMessage } from "../schemas/system.ts";

export function eventMessage(event: EngineEvent): EventMessage {
  const { id, attributes } = event.actor;
  return {
    ...(event.type === "container" || event.type === "image" ? { status: event.action, id } : {}),
    ...(event.type === "container" && attributes.image !== undefined ? { from: attributes.image } : {}),
    Type: event.type,
    Action: event.action,
    Actor: { ID: id, Attributes: { ...attributes } },
    scope: "local",
    time: Math.floor(event.time.getTime() / 1000),
    timeNano: nanosecondsOf(event.time),
  };
}

/** Kinds of things that events are about, by whose id or name they can be filtered; Oriel has events of some. */
const actorFilters = ["container", "daemon", "network", "node", "plugin", "secret", "service", "volume", "config"];

/** Filtered by their beginning, as they go on with a command or a state: `exec_create: cmd.exe`. */
const longActions = ["exec_create", "exec_start", "health_status"];

/**
 * Whether Docker's filters let an event through, by dockerd's rules (moby, daemon/events/filter.go): each filter must, by any of
 * its values; of labels all must. Ids and names are compared by their beginning.
 *
 * @throws InvalidArgumentError for a filter that is not known
 */
export function eventFilter(filters: FilterMap): (event: EngineEvent) => boolean {
  checkFilterNames(filters, ["type", "event", "image", "label", "scope", ...actorFilters]);
  const tests = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => testOf(name, values));
  return (event) => tests.every((test) => test(event));
}

function testOf(name: string, values: readonly string[]): (event: EngineEvent) => boolean {
  switch (name) {
    case "type":
      return ({ type }) => values.includes(type);
    case "event": {
      const isLong = values.some((value) => longActions.includes(value));
      return ({ action }) => values.includes(action) || (isLong && values.some((value) => action.startsWith(value)));
    }
    case "image":
      return (event) => imagesOf(event).some((image) => values.includes(image));
    case "label":
      return ({ actor }) => values.every((value) => hasLabel(actor.attributes, value));
    case "scope":
      return () => values.includes("local");
    default:
      return ({ actor }) => values.some((value) => actor.id.startsWith(value) || (actor.attributes.name ?? "").startsWith(value));
  }
}

/** What an event can be found by as that of an image: its actor, and the image's name with and without the tag. */
function imagesOf({ type, actor }: EngineEvent): string[] {
  const name = (type === "image" ? actor.attributes.name : actor.attributes.image) ?? "";
  return [actor.id, name, name.replace(/@.*$/, "").replace(/:[^/:]*$/, "")].filter((text) => text !== "");
}

function hasLabel(attributes: Readonly<Record<string, string>>, wanted: string): boolean {
  const [label = "", ...rest] = wanted.split("=");
  return Object.hasOwn(attributes, label) && (rest.length === 0 || attributes[label] === rest.join("="));
}
