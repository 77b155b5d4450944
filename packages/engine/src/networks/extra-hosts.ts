import { isIP } from "node:net";
import { type ContainerNames, FailedPreconditionError, InvalidArgumentError } from "@oriel/contracts";

/** Stands for an address at which the container reaches the host. */
const hostGateway = "host-gateway";

/** @throws InvalidArgumentError in dockerd's words */
export function checkExtraHost(text: string): void {
  const [name, address] = partsOf(text);
  const details = { op: "container.create", resource: "ExtraHosts" };
  if (name === "" || address === undefined) throw new InvalidArgumentError(`bad format for add-host: ${JSON.stringify(text)}`, details);
  if (address === hostGateway || isIP(address) !== 0) return;
  throw new InvalidArgumentError(`invalid IP address in add-host: ${JSON.stringify(address)}`, details);
}

/**
 * Names and addresses that a container is given by `--add-host`.
 * @param gateway Address of the host in the container's network, which `host-gateway` stands for.
 * @throws FailedPreconditionError for `host-gateway` in a network without one
 */
export function extraHosts(given: readonly string[] | null | undefined, gateway: string | undefined): ContainerNames["hosts"] {
  return (given ?? []).map((text) => {
    const [name, address = ""] = partsOf(text);
    if (address !== hostGateway) return { name, address };
    if (gateway !== undefined) return { name, address: gateway };
    throw new FailedPreconditionError(`unable to derive the IP value for ${hostGateway}: the container's network has no gateway`, {
      op: "container.start",
      resource: "ExtraHosts",
    });
  });
}

/** Addresses of IPv6 hold colons themselves, and may stand in brackets. */
function partsOf(text: string): readonly [name: string, address: string | undefined] {
  const cut = text.indexOf(":");
  if (cut < 0) return [text, undefined];
  return [text.slice(0, cut), text.slice(cut + 1).replace(/^\[(.*)\]$/, "$1")];
}
