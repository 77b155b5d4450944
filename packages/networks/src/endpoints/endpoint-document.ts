import type { ContainerNames, EndpointRequest, NetworkRecord, PortRequest, RawHcs } from "@oriel/contracts";
import type { HnsEndpointDocument, HnsPolicy } from "../hns/hns-documents.ts";
import { driverOf } from "../options/drivers.ts";
import { readEndpointOptions, readNetworkOptions } from "../options/network-options.ts";

/** A port with the one port of the host that is asked for; absent: the host network service chooses. */
export interface ChosenPort extends Omit<PortRequest, "hostPorts"> {
  readonly hostPort?: number;
}

export interface EndpointDocumentInput {
  readonly id: string;
  readonly network: NetworkRecord & { readonly hnsId: string };
  readonly request: EndpointRequest;
  readonly ipAddress: string | undefined;
  readonly ports: readonly ChosenPort[];
  readonly provider: RawHcs["provider"];
}

/** What the host network service is asked for, as dockerd asks it; `Name` is ours, so that what a crash leaves is found. */
export function endpointDocument({ id, network, request, ipAddress, ports, provider }: EndpointDocumentInput): HnsEndpointDocument {
  const ofNetwork = readNetworkOptions(network.options);
  const own = readEndpointOptions(request.options ?? {});
  const policies: HnsPolicy[] = ports.map(natPolicy);
  if (own.maxOutgoingBandwidth > 0) policies.push({ Type: "QOS", MaximumOutgoingBandwidthInBytes: own.maxOutgoingBandwidth });
  if (ofNetwork.outboundNat) {
    const { outboundNatExceptions } = ofNetwork;
    policies.push({ Type: "OutBoundNAT", ExceptionList: outboundNatExceptions });
  }
  const hasInternalDns = driverOf(network.driver)?.hasHostGateway === true && !ofNetwork.disableDns && !own.disableDns;
  return {
    Name: id,
    VirtualNetwork: network.hnsId,
    ...(policies.length === 0 ? {} : { Policies: policies }),
    ...(request.macAddress ? { MacAddress: request.macAddress.replaceAll(":", "-") } : {}),
    IPAddress: ipAddress,
    ...(request.lookUp.servers.length === 0 ? {} : { DNSServerList: request.lookUp.servers.join(",") }),
    ...(provider === "emulated" ? searchOf(request.lookUp) : {}),
    ...(hasInternalDns ? { EnableInternalDNS: true } : {}),
    ...(ofNetwork.disableIcc || own.disableIcc ? { DisableICC: true } : {}),
  };
}

/** On Windows these are the compute system's; the emulated service writes them for the programs of the endpoint. */
function searchOf({ search, options }: ContainerNames): Pick<HnsEndpointDocument, "DNSSearchList" | "DNSOptions"> {
  return {
    ...(search.length === 0 ? {} : { DNSSearchList: search.join(",") }),
    ...(options.length === 0 ? {} : { DNSOptions: options.join(",") }),
  };
}

/** `ExternalAddress` is known to the emulated service only; Windows' has no such member. */
function natPolicy({ protocol, containerPort, hostPort, hostAddress }: ChosenPort): HnsPolicy {
  return {
    Type: "NAT",
    Protocol: protocol,
    InternalPort: containerPort,
    ExternalPort: hostPort,
    ExternalPortReserved: true,
    ...(hostAddress === "" ? {} : { ExternalAddress: hostAddress }),
  };
}
