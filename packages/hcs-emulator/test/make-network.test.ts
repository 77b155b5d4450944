import { describe, expect, it } from "vitest";
import type { HnsNetwork } from "../src/network/hns-objects.ts";
import { makeNetwork } from "../src/network/make-network.ts";

function prefixesOf(count: number, seed: number): string[] {
  const networks: HnsNetwork[] = [];
  for (let index = 0; index < count; index += 1)
    networks.push(makeNetwork({ Name: `n${index}`, Type: "nat" }, { networks, endpoints: [], policyLists: [], namespaces: [] }, seed));
  return networks.map(({ Subnets }) => Subnets[0]?.AddressPrefix ?? "");
}

describe("the subnet that a network is given", () => {
  it.each([0, 63, 64, 200, 255])("is none of those that people write down themselves, wherever the search begins: %i", (seed) => {
    expect(prefixesOf(12, seed)).toSatisfy((all: string[]) => all.every((prefix) => /^172\.1[6-9]\.\d+\.0\/20$/.test(prefix)));
  });

  it("is one of the rest of 172.16.0.0/12 where there are many", () => {
    const all = prefixesOf(150, 7);
    expect(new Set(all).size).toBe(150);
    expect(all).toSatisfy((prefixes: string[]) => prefixes.every((prefix) => /^172\.(1[6-9]|2\d|3[01])\.\d+\.0\/20$/.test(prefix)));
  });
});
