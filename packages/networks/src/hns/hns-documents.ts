/** Documents of the host network service (v1), in Microsoft's spelling. Members that are not needed here are left out. */

export interface HnsSubnet {
  readonly AddressPrefix?: string;
  readonly GatewayAddress?: string | undefined;
}

export interface HnsMacPool {
  readonly StartMacAddress: string;
  readonly EndMacAddress: string;
}

export type HnsPolicy = Readonly<Record<string, unknown>> & { readonly Type?: unknown };

export interface HnsNetworkDocument {
  readonly Name: string;
  readonly Type: string;
  readonly NetworkAdapterName?: string | undefined;
  readonly SourceMac?: string | undefined;
  readonly Policies?: readonly HnsPolicy[] | undefined;
  readonly MacPools?: readonly HnsMacPool[] | undefined;
  readonly Subnets?: readonly HnsSubnet[] | undefined;
  readonly DNSSuffix?: string | undefined;
  /** With commas between them. */
  readonly DNSServerList?: string | undefined;
}

export type HnsNetwork = Partial<HnsNetworkDocument> & { readonly ID: string };

export interface HnsEndpointDocument {
  readonly Name: string;
  /** Id of the network. */
  readonly VirtualNetwork: string;
  readonly Policies?: readonly HnsPolicy[] | undefined;
  /** `00-15-5d-11-22-33` */
  readonly MacAddress?: string | undefined;
  readonly IPAddress?: string | undefined;
  readonly DNSServerList?: string | undefined;
  /** This and the next: of the emulated service, with commas. */
  readonly DNSSearchList?: string | undefined;
  readonly DNSOptions?: string | undefined;
  readonly EnableInternalDNS?: true | undefined;
  readonly DisableICC?: true | undefined;
}

export interface HnsEndpoint extends Partial<Omit<HnsEndpointDocument, "EnableInternalDNS" | "DisableICC">> {
  readonly ID: string;
  readonly PrefixLength?: number;
  readonly GatewayAddress?: string;
}
