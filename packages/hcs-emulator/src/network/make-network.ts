import { randomUUID } from "node:crypto";
import { HNS, HnsFailure } from "./hns-failure.ts";
import type { HnsNetwork, HnsState, HnsSubnet } from "./hns-objects.ts";
import { prefixesOfHost } from "./host-routes.ts";
import { formatAddress, overlaps, parseAddress, parseSubnet, type Subnet } from "./ipv4.ts";

/** Types of networks, and whether the service picks a subnet for one that has none: the others ask a DHCP server for addresses. */
const types: Readonly<Record<string, { readonly picksSubnet: boolean }>> = {
  nat: { picksSubnet: true },
  ics: { picksSubnet: true },
  internal: { picksSubnet: true },
  private: { picksSubnet: true },
  transparent: { picksSubnet: false },
  l2bridge: { picksSubnet: false },
  l2tunnel: { picksSubnet: false },
  overlay: { picksSubnet: false },
};

/**
 * @param seed where the search for a subnet begins, so that two services of a host seldom choose the same
 * @throws HnsFailure for what the service refuses
 */
export function makeNetwork(given: Readonly<Record<string, unknown>>, state: HnsState, seed: number): HnsNetwork {
  const type = String(given.Type ?? "");
  const known = types[type.toLowerCase()];
  if (known === undefined) throw new HnsFailure(HNS.INVALID_NETWORK_TYPE);
  const id = randomUUID().toUpperCase();
  const name = String(given.Name ?? "") || id;
  if (state.networks.some((other) => other.Name.toLowerCase() === name.toLowerCase())) throw new HnsFailure(HNS.NETWORK_ALREADY_EXISTS);
  const subnets = subnetsOf(given.Subnets);
  const pools = Array.isArray(given.MacPools) ? (given.MacPools as HnsNetwork["MacPools"]) : [];
  return {
    ...given,
    ID: id,
    Name: name,
    Type: type,
    Subnets: subnets.length === 0 && known.picksSubnet ? [pickSubnet(state, seed)] : subnets,
    MacPools: pools.length > 0 ? pools : [macPool(state.networks.length)],
    Policies: given.Policies ?? [],
    State: 1,
    CurrentEndpointCount: 0,
    TotalEndpoints: 0,
    IPv6: false,
  };
}

function subnetsOf(value: unknown): HnsSubnet[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new HnsFailure(HNS.INVALID_JSON);
  return value.map((entry: HnsSubnet) => {
    const subnet = parseSubnet(String(entry?.AddressPrefix));
    if (subnet === undefined) throw new HnsFailure(HNS.INVALID_IP);
    const gateway = entry.GatewayAddress || formatAddress(subnet.first + 1);
    if (parseAddress(gateway) === undefined) throw new HnsFailure(HNS.INVALID_IP);
    return { ...entry, GatewayAddress: gateway };
  });
}

/** Pieces of 172.16.0.0/14: those that are given first. Who writes a subnet of 172.16.0.0/12 down seldom takes one of these. */
const firstPieces = 64;

/** One of 172.16.0.0/12 in pieces of /20 that neither a network nor this host, nor a route of it, has. */
function pickSubnet({ networks }: HnsState, seed: number): HnsSubnet {
  const own = networks.flatMap((network) => network.Subnets.map(({ AddressPrefix }) => AddressPrefix));
  const taken = [...own, ...prefixesOfHost()].map(parseSubnet).filter((subnet): subnet is Subnet => subnet !== undefined);
  const start = parseAddress("172.16.0.0") ?? 0;
  for (let at = 0; at < 256; at += 1) {
    const piece = at < firstPieces ? (seed + at) % firstPieces : at;
    const subnet = parseSubnet(`${formatAddress(start + piece * 4096)}/20`);
    if (subnet === undefined || taken.some((other) => overlaps(other, subnet))) continue;
    return { AddressPrefix: `${formatAddress(subnet.first)}/20`, GatewayAddress: formatAddress(subnet.first + 1) };
  }
  throw new HnsFailure(HNS.INVALID_NETWORK);
}

/** 4096 addresses of Microsoft's range for virtual machines. */
function macPool(number: number): { StartMacAddress: string; EndMacAddress: string } {
  const middle = ((number * 37 + 0x52) & 0xff).toString(16).toUpperCase().padStart(2, "0");
  return { StartMacAddress: `00-15-5D-${middle}-C0-00`, EndMacAddress: `00-15-5D-${middle}-CF-FF` };
}
