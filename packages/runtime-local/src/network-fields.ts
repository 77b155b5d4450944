import type { WindowsSpec } from "@oriel/contracts";
import type { ContainerConfig } from "@oriel/hcs-bindings";

export interface NetworkFields {
  readonly endpoints: Pick<ContainerConfig, "NetworkSharedContainerName" | "EndpointList">;
  readonly names: Pick<ContainerConfig, "AllowUnqualifiedDNSQuery" | "DNSSearchList">;
}

/** What a document says of the network, in the two places where dockerd writes it. */
export function networkFields(network: WindowsSpec["network"]): NetworkFields {
  return {
    endpoints: {
      ...(network?.networkSharedContainerName ? { NetworkSharedContainerName: network.networkSharedContainerName } : {}),
      ...(network?.endpointList?.length ? { EndpointList: [...network.endpointList] } : {}),
    },
    names: {
      ...(network?.allowUnqualifiedDNSQuery === true ? { AllowUnqualifiedDNSQuery: true } : {}),
      ...(network?.DNSSearchList?.length ? { DNSSearchList: network.DNSSearchList.join(",") } : {}),
    },
  };
}
