import type { NetworkSubnet } from "@oriel/contracts";
import type { HnsNetworkDocument, HnsPolicy } from "../hns/hns-documents.ts";
import type { NetworkOptions } from "../options/network-options.ts";

export interface NetworkDocumentInput {
  readonly id: string;
  readonly driver: string;
  readonly internal: boolean;
  readonly subnets: readonly NetworkSubnet[];
  readonly options: NetworkOptions;
}

/** What the host network service is asked for, as dockerd asks it. Without subnets it picks one itself. */
export function networkDocument({ id, driver, internal, subnets, options }: NetworkDocumentInput): HnsNetworkDocument {
  const policies: HnsPolicy[] = [];
  if (options.vlan !== 0) policies.push({ Type: "VLAN", VLAN: options.vlan });
  if (options.vsid !== 0) policies.push({ Type: "VSID", VSID: options.vsid });
  return {
    Name: options.hnsName ?? id,
    // Windows' own kind of network without a way out; dockerd passes over `--internal`.
    Type: internal && driver === "nat" ? "internal" : driver,
    NetworkAdapterName: options.adapter,
    SourceMac: options.sourceMac,
    ...(policies.length === 0 ? {} : { Policies: policies }),
    ...(options.macPools.length === 0 ? {} : { MacPools: options.macPools }),
    ...(subnets.length === 0
      ? {}
      : {
          Subnets: subnets.map(({ subnet, gateway }) => ({
            AddressPrefix: subnet,
            GatewayAddress: gateway,
          })),
        }),
    DNSSuffix: options.dnsSuffix,
    DNSServerList: options.dnsServers,
  };
}
