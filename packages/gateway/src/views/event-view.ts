import type { EngineEvent } from "@oriel/engine";
import { checkFilterNames, type FilterMap } from "../http/query-values.ts";
import type { EventMessage } from "../schemas/system.ts";

export function eventMessage(event: EngineEvent): EventMessage {
  const milliseconds = event.time.getTime();
  const { id, attributes } = event.actor;
  return {
    ...(event.type === "daemon" ? {} : { status: event.action, id }),
    ...(event.type === "container" && attributes.image !== undefined ? { from: attributes.image } : {}),
    Type: event.type,
    Action: event.action,
    Actor: { ID: id, Attributes: { ...attributes } },
    scope: "local",
    time: Math.floor(milliseconds / 1000),
    timeNano: milliseconds * 1_000_000,
  };
}

/**
 * Whether Docker's filters let an event through: each filter must, by any of its values.
 * @throws InvalidArgumentError for a filter that is not known
 */
export function eventFilter(filters: FilterMap): (event: EngineEvent) => boolean {
  checkFilterNames(filters, ["type", "event", "container", "image", "label", "daemon", "scope"]);
  const tests = Object.entries(filters).map(
    ([name, values]) =>
      (event: EngineEvent) =>
        values.some((value) => matches(event, name, value)),
  );
  return (event) => tests.every((test) => test(event));
}

function matches(event: EngineEvent, name: string, value: string): boolean {
  const { id, attributes } = event.actor;
  const isNamed = id === value || attributes.name === value || (value.length >= 12 && id.startsWith(value));
  switch (name) {
    case "type":
      return event.type === value;
    case "event":
      // `exec_create: cmd.exe` is found by `exec_create`.
      return event.action === value || event.action.startsWith(`${value}:`);
    case "container":
      return event.type === "container" && isNamed;
    case "image":
      return event.type === "image" ? isNamed : attributes.image === value || withoutTag(attributes.image) === value;
    case "label": {
      const [label = "", ...rest] = value.split("=");
      return Object.hasOwn(attributes, label) && (rest.length === 0 || attributes[label] === rest.join("="));
    }
    case "daemon":
      return event.type === "daemon" && isNamed;
    default:
      return value === "local";
  }
}

function withoutTag(reference: string | undefined): string | undefined {
  return reference?.replace(/:[^/:]*$/, "");
}
