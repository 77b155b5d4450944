import type { ContainerRecord } from "@oriel/engine";
import type { ContainerInspect, ContainerSummary } from "../schemas/containers.ts";

/** `80/tcp`; the protocol may be missing. */
const portPattern = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i;

/** The ports of a container that runs, none of them published. As in dockerd one that does not run, or has no network, has none. */
export function inspectPorts(record: ContainerRecord): ContainerInspect["NetworkSettings"]["Ports"] {
  return Object.fromEntries(exposedPorts(record).map((port) => [port, null]));
}

export function summaryPorts(record: ContainerRecord): ContainerSummary["Ports"] {
  return exposedPorts(record).flatMap((port) => {
    const [, number, protocol = "tcp"] = portPattern.exec(port) ?? [];
    return number === undefined ? [] : [{ PrivatePort: Number(number), Type: protocol.toLowerCase() }];
  });
}

function exposedPorts({ config, hostConfig, state }: ContainerRecord): string[] {
  const runs = state.status === "running" || state.status === "paused";
  if (!runs || config.NetworkDisabled === true || hostConfig.NetworkMode === "none") return [];
  const ports = new Set([...Object.keys(config.ExposedPorts ?? {}), ...Object.keys(hostConfig.PortBindings ?? {})]);
  return [...ports].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
}
