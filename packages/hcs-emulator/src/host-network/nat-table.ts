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
    prerouting: ["type nat hook prerouting priority dstnat", "fib daddr type local jump published"],
    output: ["type nat hook output priority -100", "fib daddr type local jump published"],
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
    `add map ${table} addressports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }`,
  ];
  for (const [name, [first = "", ...rules]] of Object.entries(chains)) {
    const isBase = first.startsWith("type ");
    lines.push(`add chain ${table} ${name}${isBase ? ` { ${first}; }` : ""}`, `flush chain ${table} ${name}`);
    for (const rule of isBase ? rules : [first, ...rules]) lines.push(`add rule ${table} ${name} ${rule}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Commands that lead the published tcp ports of an endpoint to it, or no more. */
export function portElements(names: NetworkNames, endpoint: HnsEndpoint, change: "add" | "delete"): string {
  return fastPorts(endpoint)
    .map(({ protocol, address, externalPort, internalPort }) => {
      const [map, key] = address === "" ? ["ports", ""] : ["addressports", `${address} . `];
      const value = change === "add" ? ` : ${endpoint.IPAddress} . ${internalPort}` : "";
      return `${change} element ip ${names.table} ${map} { ${key}${protocol} . ${externalPort}${value} }\n`;
    })
    .join("");
}

/**
 * Of udp none: the kernel remembers where a client's packets went for as long as they come, so that a client would go on
 * sending to a container that is gone.
 */
function fastPorts({ IPAddress, Policies }: HnsEndpoint): PortPolicy[] {
  return IPAddress === ""
    ? []
    : portsOf(Policies).filter(({ protocol, address, internalPort }) => protocol === "tcp" && internalPort > 0 && !isIPv6(address));
}
