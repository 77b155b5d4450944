import { InvalidArgumentError } from "@oriel/contracts";

export interface ContainerLink {
  /** Name or id of the other container. */
  readonly container: string;
  /** Name that the linking container knows it by. */
  readonly alias: string;
}

/**
 * `web:db`, `web`, or `/web:/me/db`, as inspect shows links.
 * @throws InvalidArgumentError in dockerd's words
 */
export function parseLink(text: string): ContainerLink {
  const details = { op: "container.create", resource: "Links" };
  if (text === "") throw new InvalidArgumentError("empty string specified for links", details);
  const parts = text.split(":");
  const [container = "", alias = container] = parts;
  if (parts.length > 2 || container === "" || alias === "") throw new InvalidArgumentError(`bad format for links: ${text}`, details);
  if (!container.startsWith("/")) return { container, alias };
  return { container: container.slice(1), alias: alias.slice(alias.lastIndexOf("/") + 1) };
}
