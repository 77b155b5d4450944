import type { HnsNetwork } from "../network/hns-objects.ts";
import { prefixesOfHost } from "../network/host-routes.ts";
import { overlaps, parseSubnet } from "../network/ipv4.ts";

/** Warns of networks whose addresses this host has by now from elsewhere. They are made all the same. */
export function warnOfSharedSubnets(networks: readonly HnsNetwork[], warn: (message: string) => void): void {
  const others = prefixesOfHost();
  for (const { Name, Subnets } of networks) {
    const shared = Subnets.find(({ AddressPrefix }) => others.some((other) => isOverlap(AddressPrefix, other)));
    if (shared === undefined) continue;
    const remedy = "its containers may not be reached until one of both is removed";
    warn(`network ${Name}: its subnet ${shared.AddressPrefix} is by now another's on this host, too; ${remedy}`);
  }
}

function isOverlap(one: string, two: string): boolean {
  const [a, b] = [parseSubnet(one), parseSubnet(two)];
  return a !== undefined && b !== undefined && overlaps(a, b);
}
