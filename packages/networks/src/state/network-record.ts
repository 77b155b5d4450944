import { randomBytes } from "node:crypto";
import type { NetworkRecord, NetworkSubnet } from "@oriel/contracts";
import type { HnsNetwork } from "../hns/hns-documents.ts";
import { hnsIdOption, networkNameOption } from "../options/network-options.ts";

export function newId(): string {
  return randomBytes(32).toString("hex");
}

/** The network `none`, which the host does not know. */
export function noneNetwork(createdAt: Date): NetworkRecord {
  return {
    id: newId(),
    name: "none",
    driver: "null",
    createdAt,
    internal: false,
    attachable: false,
    ipam: { driver: "default", options: null, subnets: [] },
    options: {},
    labels: {},
    hnsId: undefined,
    isPredefined: true,
    isAdopted: false,
  };
}

/** A network that the host has, by the name that it gets here. */
export function adoptedNetwork(found: HnsNetwork, name: string, createdAt: Date): NetworkRecord {
  return {
    id: newId(),
    name,
    driver: (found.Type ?? "").toLowerCase(),
    createdAt,
    internal: false,
    attachable: false,
    ipam: { driver: "windows", options: null, subnets: subnetsOf(found) },
    options: hnsOptions(found),
    labels: {},
    hnsId: found.ID,
    isPredefined: name === "nat",
    isAdopted: true,
  };
}

/** What the host network service calls it: dockerd shows both. */
export function hnsOptions({ ID, Name = "" }: HnsNetwork): Readonly<Record<string, string>> {
  return { [hnsIdOption]: ID, [networkNameOption]: Name };
}

/** The subnets of the service, with what was asked for beside them. */
export function subnetsOf({ Subnets: found }: HnsNetwork, asked: readonly NetworkSubnet[] = []): readonly NetworkSubnet[] {
  return (found ?? []).flatMap(({ AddressPrefix, GatewayAddress }) => {
    if (!AddressPrefix) return [];
    const own = asked.find(({ subnet }) => subnet === AddressPrefix);
    return [{ ...own, subnet: AddressPrefix, ...(GatewayAddress ? { gateway: GatewayAddress } : {}) }];
  });
}
