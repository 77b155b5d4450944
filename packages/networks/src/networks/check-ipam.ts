import { isIPv6 } from "node:net";
import {
  type CreateNetworkRequest,
  formatIPv4Subnet,
  InvalidArgumentError,
  type NetworkSubnet,
  parseIPv4,
  parseIPv4Subnet,
  subnetContains,
  subnetsOverlap,
} from "@oriel/contracts";

const op = "network.create";

/**
 * Checks the subnets of a request, with all that is wrong in one message, as dockerd does.
 * @throws InvalidArgumentError
 */
export function checkSubnets({ ipam, enableIPv6 = false }: CreateNetworkRequest): readonly NetworkSubnet[] {
  const asked = ipam?.subnets ?? [];
  const faults = asked.flatMap(faultsOf);
  if (faults.length > 0) throw new InvalidArgumentError(`invalid network config:\n${joined(faults)}`, { op });
  if (enableIPv6 || asked.some(({ subnet = "" }) => isIPv6(subnet.split("/")[0] ?? ""))) {
    throw invalid("windowsshim driver doesn't support v6 subnets", "give IPv4 subnets only, and leave IPv6 disabled");
  }
  const subnets = asked.map(({ subnet = "", gateway, ipRange, auxiliaryAddresses }) => ({
    subnet,
    ...(gateway ? { gateway } : {}),
    ...(ipRange ? { ipRange } : {}),
    ...(auxiliaryAddresses && Object.keys(auxiliaryAddresses).length > 0 ? { auxiliaryAddresses } : {}),
  }));
  subnets.forEach((subnet, at) => {
    refuseOverlap([subnet], subnets.slice(at + 1));
  });
  return subnets;
}

/** @throws InvalidArgumentError when one of the subnets shares addresses with one of the others */
export function refuseOverlap(subnets: readonly NetworkSubnet[], others: readonly NetworkSubnet[], networkName?: string): void {
  for (const { subnet } of subnets) {
    const parsed = parseIPv4Subnet(subnet);
    const other = others.find((found) => {
      const second = parseIPv4Subnet(found.subnet);
      return parsed !== undefined && second !== undefined && subnetsOverlap(parsed, second);
    });
    if (other === undefined) continue;
    const owner = networkName === undefined ? "" : ` of network ${networkName}`;
    throw invalid(
      `invalid pool request: Pool overlaps with other one on this address space`,
      `${subnet} overlaps ${other.subnet}${owner}; choose another subnet`,
    );
  }
}

function faultsOf({ subnet: text = "", gateway, ipRange, auxiliaryAddresses = {} }: Partial<NetworkSubnet>): string[] {
  if (isPrefixV6(text)) return [];
  const subnet = parseIPv4Subnet(text);
  if (subnet === undefined) return [`invalid subnet ${text}: invalid CIDR block notation`];
  const faultOfAddress = (address: string): string | undefined => {
    if (isIPv6(address)) return "parent subnet is an IPv4 block";
    const parsed = parseIPv4(address);
    if (parsed === undefined) return "invalid address";
    return subnetContains(subnet, parsed) ? undefined : `parent subnet ${text} doesn't contain this address`;
  };
  const faultOfGateway = gateway ? faultOfAddress(gateway) : undefined;
  return [
    ...(text === masked(text) ? [] : [`invalid subnet ${text}: it should be ${masked(text)}`]),
    ...(ipRange ? faultsOfRange(ipRange, text) : []),
    ...(faultOfGateway === undefined ? [] : [`invalid gateway ${gateway}: ${faultOfGateway}`]),
    ...Object.entries(auxiliaryAddresses).flatMap(([name, address]) => {
      const fault = faultOfAddress(address);
      return fault === undefined ? [] : [`invalid auxiliary address ${name}: ${fault}`];
    }),
  ];
}

function faultsOfRange(text: string, parent: string): string[] {
  if (isPrefixV6(text)) return [`invalid ip-range ${text}: parent subnet is an IPv4 block`];
  const [range, subnet] = [parseIPv4Subnet(text), parseIPv4Subnet(parent)];
  if (range === undefined || subnet === undefined) return [`invalid ip-range ${text}: invalid CIDR block notation`];
  return [
    ...(range.prefixLength < subnet.prefixLength
      ? [`invalid ip-range ${text}: CIDR block is bigger than its parent subnet ${parent}`]
      : []),
    ...(text === masked(text) ? [] : [`invalid ip-range ${text}: it should be ${masked(text)}`]),
    ...(subnetsOverlap(range, subnet) ? [] : [`invalid ip-range ${text}: parent subnet ${parent} doesn't contain ip-range`]),
  ];
}

function isPrefixV6(text: string): boolean {
  const [address = "", length = ""] = text.split("/");
  return isIPv6(address) && /^\d{1,3}$/.test(length) && Number(length) <= 128;
}

/** The prefix without bits beyond its length. */
function masked(text: string): string | undefined {
  const subnet = parseIPv4Subnet(text);
  return subnet && formatIPv4Subnet(subnet);
}

/** As dockerd puts several errors into one. */
function joined(faults: readonly string[]): string {
  return faults.length === 1 ? (faults[0] ?? "") : faults.map((fault) => `* ${fault}`).join("\n");
}

function invalid(message: string, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op, remedy });
}
