import { isIPv6 } from "node:net";
import type { HnsEndpoint, HnsNetwork } from "../network/hns-objects.ts";
import { type PortPolicy, portsOf, reachOf } from "./link-host.ts";
import type { NetworkNames } from "./network-names.ts";

/**
 * A table of nftables that has what networks are allowed: in one transaction, it is made where there is none, and its chains are
 * written anew; the maps of published ports stay.
 */
export function natTable(names: NetworkNames, networks: readonly HnsNetwork[]): string {
  const ours = `"${names.linkPrefix}b*"`;
  const all = networks.map((network) => ({ bridge: `"${names.bridge(network.ID)}"`, reach: reachOf(network), subnets: network.Subnets }));
  const outside = all.filter(({ reach }) => reach === "outside");
  const closed = all.filter(({ reach }) => reach !== "outside");
  const chains: Readonly<Record<string, readonly string[]>> = {
    // Bridges let loopback addresses through, so that ports on those can lead to containers: never the other way.
    local: [
      "type filter hook prerouting priority raw",
      `iifname ${ours} ip daddr 127.0.0.0/8 drop`,
      `iifname ${ours} ip saddr 127.0.0.0/8 drop`,
    ],
    published: ["dnat to ip daddr . meta l4proto . th dport map @addressports", "dnat to meta l4proto . th dport map @ports"],
    // What comes from a wire for a loopback address the kernel drops, unless it is led elsewhere first: ports of such addresses are the host's own.
    prerouting: ["type nat hook prerouting priority dstnat", "ip daddr != 127.0.0.0/8 fib daddr type local jump published"],
    output: ["type nat hook output priority -100", "fib daddr type local jump published"],
    // By it connections to an endpoint that is gone are forgotten: those of udp would go on being led to it.
    marked: ["type filter hook postrouting priority mangle", "ct status dnat meta l4proto udp ct mark set ip daddr map @marks"],
    postrouting: [
      "type nat hook postrouting priority srcnat",
      `ip saddr 127.0.0.0/8 oifname ${ours} ct status dnat masquerade`,
      ...outside.flatMap(({ bridge, subnets }) =>
        subnets.flatMap(({ AddressPrefix }) => [
          // To a published port of a container of the same network: the reply has to come back this way.
          `ip saddr ${AddressPrefix} oifname ${bridge} ct status dnat masquerade`,
          `ip saddr ${AddressPrefix} oifname != ${ours} masquerade`,
        ]),
      ),
    ],
    forward: [
      "type filter hook forward priority filter",
      ...all.map(({ bridge }) => `iifname ${bridge} oifname ${bridge} accept`),
      ...closed.flatMap(({ bridge }) => [`iifname ${bridge} drop`, `oifname ${bridge} drop`]),
      "ct status dnat accept",
      `iifname ${ours} oifname ${ours} drop`,
      `oifname ${ours} ct state established,related accept`,
      `oifname ${ours} drop`,
    ],
  };
  const table = `ip ${names.table}`;
  const lines = [
    `add table ${table}`,
    `add map ${table} ports { type inet_proto . inet_service : ipv4_addr . inet_service; }`,
    `add map ${table} marks { type ipv4_addr : mark; }`,
    `add map ${table} addressports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }`,
  ];
  for (const [name, [first = "", ...rules]] of Object.entries(chains)) {
    const isBase = first.startsWith("type ");
    lines.push(`add chain ${table} ${name}${isBase ? ` { ${first}; }` : ""}`, `flush chain ${table} ${name}`);
    for (const rule of isBase ? rules : [first, ...rules]) lines.push(`add rule ${table} ${name} ${rule}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Commands that lead the published ports of an endpoint to it, or no more. */
export function portElements(names: NetworkNames, endpoint: HnsEndpoint, change: "add" | "delete"): string {
  const value = (text: string): string => (change === "add" ? ` : ${text}` : "");
  const lines = routedPorts(endpoint).map(({ protocol, address, externalPort, internalPort }) => {
    const [map, key] = address === "" ? ["ports", ""] : ["addressports", `${address} . `];
    return `${map} { ${key}${protocol} . ${externalPort}${value(`${endpoint.IPAddress} . ${internalPort}`)} }`;
  });
  if (hasRoutedUdp(endpoint)) lines.push(`marks { ${endpoint.IPAddress}${value(String(names.connectionMark(endpoint.ID)))} }`);
  return lines.map((line) => `${change} element ip ${names.table} ${line}\n`).join("");
}

/** Whether clients of the endpoint may have connections that the kernel remembers for as long as packets come. */
export function hasRoutedUdp(endpoint: HnsEndpoint): boolean {
  return routedPorts(endpoint).some(({ protocol }) => protocol === "udp");
}

/** Those that rules lead to the endpoint; the others are forwarded only. */
function routedPorts({ IPAddress, Policies }: HnsEndpoint): PortPolicy[] {
  return IPAddress === "" ? [] : portsOf(Policies).filter(({ address, internalPort }) => internalPort > 0 && !isIPv6(address));
}
