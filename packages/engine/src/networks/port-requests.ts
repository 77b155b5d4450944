import { type ContainerConfig, type HostConfig, InvalidArgumentError, type PortRequest } from "@oriel/contracts";

type PortOptions = Pick<HostConfig, "PortBindings" | "PublishAllPorts">;

const op = "container.create";

/** `80`, `80/udp`. */
const portPattern = /^(\d{1,5})(?:\/([a-z]+))?$/i;

/** Ports of a container that it exposes or publishes, `80/tcp` each, in the order of their numbers. */
export function exposedPorts(config: Pick<ContainerConfig, "ExposedPorts">, hostConfig: PortOptions): string[] {
  const ports = new Set([...Object.keys(config.ExposedPorts ?? {}), ...Object.keys(hostConfig.PortBindings ?? {})].map(withProtocol));
  return [...ports].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
}

function withProtocol(port: string): string {
  const [, number, protocol = "tcp"] = portPattern.exec(port) ?? [];
  return number === undefined ? port : `${Number(number)}/${protocol.toLowerCase()}`;
}

/**
 * Ports that are to be reached at the host: the bindings, and with `PublishAllPorts` each exposed port that has none.
 * @throws InvalidArgumentError for a protocol that cannot be published
 */
export function portRequests(config: Pick<ContainerConfig, "ExposedPorts">, hostConfig: PortOptions): PortRequest[] {
  const bindings = new Map(Object.entries(hostConfig.PortBindings ?? {}).map(([port, hosts]) => [withProtocol(port), hosts ?? []]));
  return exposedPorts(config, hostConfig).flatMap((port) => {
    const hosts = bindings.get(port) ?? [];
    if (hosts.length > 0) return hosts.map(({ HostIp = "", HostPort = "" }) => portRequest(port, HostIp, HostPort));
    return hostConfig.PublishAllPorts === true ? [portRequest(port, "", "")] : [];
  });
}

function portRequest(port: string, hostAddress: string, hostPort: string): PortRequest {
  const [number = "", protocol = ""] = port.split("/");
  if (protocol !== "tcp" && protocol !== "udp") {
    throw new InvalidArgumentError(`invalid protocol ${protocol} of port ${port}: tcp and udp ports can be published`, {
      op,
      resource: port,
    });
  }
  const [range = ""] = hostPort.split("/");
  const [first = "", last = first] = range.split("-");
  const hostPorts = Number(first) === 0 ? {} : { hostPorts: { first: Number(first), last: Number(last) } };
  return { protocol, containerPort: Number(number), hostAddress, ...hostPorts };
}
