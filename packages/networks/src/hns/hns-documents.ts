/** Documents of the host network service (v1), in Microsoft's spelling. Members that are not needed here are left out. */

export interface HnsSubnet {
  readonly AddressPrefix?: string;
  readonly GatewayAddress?: string;
}

export interface HnsMacPool {
  readonly StartMacAddress: string;
  readonly EndMacAddress: string;
}

export type HnsPolicy = Readonly<Record<string, unknown>> & { readonly Type?: unknown };

export interface HnsNetworkDocument {
  readonly Name: string;
  readonly Type: string;
  readonly NetworkAdapterName?: string;
  readonly SourceMac?: string;
  readonly Policies?: readonly HnsPolicy[];
  readonly MacPools?: readonly HnsMacPool[];
  readonly Subnets?: readonly HnsSubnet[];
  readonly DNSSuffix?: string;
  /** With commas between them. */
  readonly DNSServerList?: string;
}

export type HnsNetwork = Partial<HnsNetworkDocument> & { readonly ID: string };

export interface HnsEndpointDocument {
  readonly Name: string;
  /** Id of the network. */
  readonly VirtualNetwork: string;
  readonly Policies?: readonly HnsPolicy[];
  /** `00-15-5d-11-22-33` */
  readonly MacAddress?: string;
  readonly IPAddress?: string;
  readonly DNSServerList?: string;
  /** This and the next: of the emulated service, with commas. */
  readonly DNSSearchList?: string;
  readonly DNSOptions?: string;
  readonly EnableInternalDNS?: true;
  readonly DisableICC?: true;
}

export interface HnsEndpoint extends Partial<Omit<HnsEndpointDocument, "EnableInternalDNS" | "DisableICC">> {
  readonly ID: string;
  readonly PrefixLength?: number;
  readonly GatewayAddress?: string;
}
