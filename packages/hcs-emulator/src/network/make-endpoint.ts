import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import { isNat } from "../host-network/link-host.ts";
import { HNS, HnsFailure } from "./hns-failure.ts";
import { byId, EndpointState, type HnsEndpoint, type HnsNetwork, type HnsPolicy, type HnsState, sameId } from "./hns-objects.ts";
import { contains, formatAddress, parseAddress, parseSubnet } from "./ipv4.ts";

/** Ports that Windows gives to who asks for any (RFC 6335). */
const dynamicPorts = { first: 49_152, last: 65_535 } as const;

/** @throws HnsFailure for what the service refuses */
export function makeEndpoint(given: Readonly<Record<string, unknown>>, state: HnsState): HnsEndpoint {
  const network = byId(state.networks, String(given.VirtualNetwork ?? ""));
  if (network === undefined) throw new HnsFailure(HNS.NETWORK_NOT_FOUND);
  const siblings = state.endpoints.filter((endpoint) => sameId(endpoint.VirtualNetwork, network.ID));
  const id = randomUUID().toUpperCase();
  return {
    Name: "Ethernet",
    ...given,
    ID: id,
    VirtualNetwork: network.ID,
    VirtualNetworkName: network.Name,
    ...addressOf(String(given.IPAddress ?? ""), network, siblings),
    MacAddress: macAddressOf(String(given.MacAddress ?? ""), network, siblings),
    Policies: resolvePolicies(given.Policies, state.endpoints),
    DNSServerList: given.DNSServerList ?? network.DNSServerList ?? network.Subnets[0]?.GatewayAddress ?? "",
    DNSSuffix: given.DNSSuffix ?? network.DNSSuffix ?? "",
    SharedContainers: [],
    State: EndpointState.Created,
  };
}

/** What may be changed of an endpoint that there is; what makes it this one stays. */
export function changeEndpoint(endpoint: HnsEndpoint, given: Readonly<Record<string, unknown>>, state: HnsState): HnsEndpoint {
  const others = state.endpoints.filter((other) => other !== endpoint);
  const policies = given.Policies === undefined ? endpoint.Policies : resolvePolicies(given.Policies, others);
  const { ID, VirtualNetwork, VirtualNetworkName, IPAddress, MacAddress, PrefixLength, SharedContainers, State } = endpoint;
  return {
    ...endpoint,
    ...given,
    ID,
    VirtualNetwork,
    VirtualNetworkName,
    IPAddress,
    MacAddress,
    PrefixLength,
    SharedContainers,
    State,
    Policies: policies,
  };
}

function addressOf(wanted: string, { Subnets: subnets }: HnsNetwork, siblings: readonly HnsEndpoint[]) {
  const used = new Set([...siblings.map(({ IPAddress }) => IPAddress), ...subnets.map(({ GatewayAddress }) => GatewayAddress)]);
  for (const { AddressPrefix, GatewayAddress } of subnets) {
    const subnet = parseSubnet(AddressPrefix);
    if (subnet === undefined) continue;
    const found = { GatewayAddress, PrefixLength: subnet.prefixLength };
    if (wanted !== "") {
      const address = parseAddress(wanted);
      if (address === undefined || !contains(subnet, address)) continue;
      if (used.has(formatAddress(address))) throw new HnsFailure(HNS.INVALID_IP);
      return { ...found, IPAddress: formatAddress(address) };
    }
    // Neither the network's own address nor the broadcast's.
    for (let address = subnet.first + 1; address < subnet.last; address += 1) {
      if (!used.has(formatAddress(address))) return { ...found, IPAddress: formatAddress(address) };
    }
  }
  // Without subnets a DHCP server of the network would be asked.
  if (subnets.length === 0) return { GatewayAddress: "", PrefixLength: 0, IPAddress: wanted };
  throw new HnsFailure(HNS.INVALID_IP);
}

function macAddressOf(wanted: string, { MacPools: pools }: HnsNetwork, siblings: readonly HnsEndpoint[]): string {
  if (wanted !== "") return wanted;
  const used = new Set(siblings.map(({ MacAddress }) => MacAddress.toUpperCase()));
  for (const { StartMacAddress, EndMacAddress } of pools) {
    const [first, last] = [macNumber(StartMacAddress), macNumber(EndMacAddress)];
    for (let at = first; at <= last; at += 1) {
      const address = formatMac(at);
      if (!used.has(address)) return address;
    }
  }
  throw new HnsFailure(HNS.INVALID_NETWORK);
}

function macNumber(text: string): number {
  return Number.parseInt(text.replaceAll(/[:-]/g, ""), 16);
}

function formatMac(address: number): string {
  const hex = address.toString(16).toUpperCase().padStart(12, "0");
  return hex.replaceAll(/..(?!$)/g, "$&-");
}

/** Each port of the host goes to one endpoint; a port that nobody named is picked. */
function resolvePolicies(value: unknown, others: readonly HnsEndpoint[]): HnsPolicy[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new HnsFailure(HNS.INVALID_JSON);
  const taken = others.flatMap(({ Policies }) => Policies.filter(isNat));
  return value.map((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("Type" in entry)) throw new HnsFailure(HNS.INVALID_POLICY);
    const policy = entry as HnsPolicy;
    if (!isNat(policy)) return policy;
    validatePorts(policy);
    const resolved = Number(policy.ExternalPort ?? 0) === 0 ? pickPort(policy, taken) : policy;
    if (taken.some((other) => collide(other, resolved))) throw new HnsFailure(HNS.PORT_ALREADY_EXISTS);
    taken.push(resolved);
    return resolved;
  });
}

function validatePorts({ InternalPort = 0, ExternalPort = 0, ExternalAddress = "" }: HnsPolicy): void {
  for (const port of [InternalPort, ExternalPort]) {
    if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535)
      throw new HnsFailure(HNS.INVALID_POLICY, `${String(port)} is no port`);
  }
  if (ExternalAddress !== "" && isIP(String(ExternalAddress)) === 0)
    throw new HnsFailure(HNS.INVALID_IP, `${String(ExternalAddress)} is no address`);
}

function pickPort(policy: HnsPolicy, taken: readonly HnsPolicy[]): HnsPolicy {
  for (let port: number = dynamicPorts.first; port <= dynamicPorts.last; port += 1) {
    const resolved = { ...policy, ExternalPort: port };
    if (!taken.some((other) => collide(other, resolved))) return resolved;
  }
  throw new HnsFailure(HNS.PORT_ALREADY_EXISTS);
}

/** Whether both want the same: a port of one address is also one of all. */
function collide(one: HnsPolicy, two: HnsPolicy): boolean {
  const [a, b] = [addressOfPort(one), addressOfPort(two)];
  return protocolOf(one) === protocolOf(two) && one.ExternalPort === two.ExternalPort && (a === "" || b === "" || a === b);
}

/** "" for each address of the host. */
function addressOfPort({ ExternalAddress = "" }: HnsPolicy): string {
  return ExternalAddress === "0.0.0.0" || ExternalAddress === "::" ? "" : String(ExternalAddress);
}

function protocolOf({ Protocol = "" }: HnsPolicy): string {
  return String(Protocol).toLowerCase();
}
