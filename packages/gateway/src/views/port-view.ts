import type { PublishedPort } from "@oriel/contracts";
import { type ContainerRecord, exposedPorts } from "@oriel/engine";
import type { ContainerInspect, ContainerSummary } from "../schemas/containers.ts";

/** `80/tcp`, as exposed ports are named. */
const portPattern = /^(\d{1,5})\/(tcp|udp|sctp)$/;

type PortMap = ContainerInspect["NetworkSettings"]["Ports"];

/**
 * The ports of a container that runs, by number: where each is published, or null. As in dockerd one that does not run, or has no
 * network, has none.
 */
export function inspectPorts(record: ContainerRecord): PortMap {
  const endpoints = record.networks.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]));
  if (endpoints.length === 0) return {};
  const published = endpoints.flatMap(({ ports }) => ports);
  return Object.fromEntries(
    exposedPorts(record.config, record.hostConfig).map((port): [string, PortMap[string]] => {
      const bindings = published.filter(({ protocol, containerPort }) => port === `${containerPort}/${protocol}`);
      return [port, bindings.length === 0 ? null : bindings.map(binding)];
    }),
  );
}

export function summaryPorts(record: ContainerRecord): ContainerSummary["Ports"] {
  return Object.entries(inspectPorts(record)).flatMap(([port, bindings]) => {
    const [, number, Type] = portPattern.exec(port) ?? [];
    if (number === undefined || Type === undefined) return [];
    const PrivatePort = Number(number);
    if (bindings === null) return [{ PrivatePort, Type }];
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp, PrivatePort, PublicPort: Number(HostPort), Type }));
  });
}

function binding({ hostAddress, hostPort }: PublishedPort): { HostIp: string; HostPort: string } {
  return { HostIp: hostAddress === "" ? "0.0.0.0" : hostAddress, HostPort: String(hostPort) };
}
