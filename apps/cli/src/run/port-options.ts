import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";

/** Ports of a container, `80/tcp` each, and where on the host each is to be reached. */
export type PortBindings = Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>>;

/** An address of the host, its port or ports, the container's, and the protocol: all but the container's may be missing. */
const pattern =
  /^(?:(?:\[(?<six>[0-9a-f:]+)\]|(?<four>[^:[\]]*)):)??(?:(?<host>\d{0,5}(?:-\d{1,5})?):)?(?<container>\d{1,5}(?:-\d{1,5})?)(?:\/(?<protocol>tcp|udp))?$/i;

interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Adds what `-p` names: `80`, `8080:80`, `127.0.0.1:8080:80`, `53:53/udp`, or ranges of as many ports.
 * @throws commander's own error, which names the option.
 */
export function collectPorts(text: string, before: PortBindings = {}): PortBindings {
  const { six, four = "", host = "", container = "", protocol = "tcp" } = pattern.exec(text)?.groups ?? {};
  const HostIp = six ?? four;
  const inside = rangeOf(container);
  const outside = rangeOf(host);
  if (inside === undefined || (host !== "" && outside === undefined) || (HostIp !== "" && isIP(HostIp) === 0)) throw malformed();
  const count = inside.last - inside.first;
  if (outside !== undefined && count > 0 && outside.last - outside.first !== count) {
    throw new InvalidArgumentError("The ranges of the host and of the container must have the same length.");
  }
  const added = Array.from({ length: count + 1 }, (_, index): [string, PortBindings[string]] => {
    const port = `${inside.first + index}/${protocol.toLowerCase()}`;
    const HostPort = outside === undefined || count === 0 ? host : String(outside.first + index);
    return [port, [...(before[port] ?? []), { HostIp, HostPort }]];
  });
  return { ...before, ...Object.fromEntries(added) };
}

function rangeOf(text: string): Range | undefined {
  if (text === "") return undefined;
  const [first = 0, last = first] = text.split("-").map(Number);
  return last < first || last > 65_535 ? undefined : { first, last };
}

function malformed(): InvalidArgumentError {
  return new InvalidArgumentError("It must have the form [[ADDRESS:][HOST-PORT]:]PORT[/tcp or /udp].");
}
