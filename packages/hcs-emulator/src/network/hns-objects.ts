/** Objects of the host network service (v1), in Microsoft's spelling. What a caller gave beside these members is kept. */

export type HnsObject = Readonly<Record<string, unknown>> & { readonly ID: string };

export interface HnsSubnet {
  readonly AddressPrefix: string;
  readonly GatewayAddress: string;
}

export type HnsNetwork = HnsObject & {
  readonly Name: string;
  readonly Type: string;
  readonly Subnets: readonly HnsSubnet[];
  readonly MacPools: readonly { readonly StartMacAddress: string; readonly EndMacAddress: string }[];
};

export type HnsPolicy = Readonly<Record<string, unknown>> & { readonly Type: string };

export type HnsEndpoint = HnsObject & {
  readonly VirtualNetwork: string;
  readonly IPAddress: string;
  readonly MacAddress: string;
  readonly Policies: readonly HnsPolicy[];
  /** Ids of the compute systems that have it. */
  readonly SharedContainers: readonly string[];
};

/** All that there is. */
export interface HnsState {
  readonly networks: readonly HnsNetwork[];
  readonly endpoints: readonly HnsEndpoint[];
  readonly policyLists: readonly HnsObject[];
  readonly namespaces: readonly HnsObject[];
}

/** States of an endpoint. */
export const EndpointState = { Created: 1, Attached: 2, AttachedSharing: 3 } as const;

export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function byId<Found extends HnsObject>(objects: readonly Found[], id: string): Found | undefined {
  return objects.find((found) => sameId(found.ID, id));
}
