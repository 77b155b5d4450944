import { BlockList, isIPv4, isIPv6 } from "node:net";
import { type EndpointSettings, InvalidArgumentError, type NetworkRecord } from "@oriel/contracts";
import { parseLink } from "./links.ts";

/** Six bytes, as Go reads them: by colons, hyphens, or in three groups by dots. */
const macPattern = /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i;

/** The address by colons, in lower case. */
export function normalMac(mac: string): string {
  const digits = mac.replaceAll(/[^0-9a-f]/gi, "").toLowerCase();
  return digits.replaceAll(/(..)(?!$)/g, "$1:");
}

/**
 * Checks what a container asks of a network, all faults at once, in dockerd's words.
 * @param network Undefined for one that does not exist yet.
 * @throws InvalidArgumentError
 */
export function checkEndpointSettings(settings: EndpointSettings, network: NetworkRecord | undefined, op: string): void {
  const { IPv4Address: ipv4 = "", IPv6Address: ipv6 = "", LinkLocalIPs } = settings.IPAMConfig ?? {};
  const faults = [
    ...(ipv4 !== "" && !isIPv4(ipv4) ? [`invalid IPv4 address: ${ipv4}`] : []),
    ...(ipv6 !== "" && !isIPv6(ipv6) ? [`invalid IPv6 address: ${ipv6}`] : []),
    ...(LinkLocalIPs ?? []).flatMap((address) => (isIPv4(address) || isIPv6(address) ? [] : [`invalid link-local IP address: ${address}`])),
  ];
  if (network !== undefined && faults.length === 0) faults.push(...addressFaults(ipv4, ipv6, network));
  const { MacAddress: mac = "" } = settings;
  if (mac !== "" && !macPattern.test(mac)) faults.push(`invalid MAC address ${mac}`);
  if (faults.length > 0) throw new InvalidArgumentError(`invalid endpoint settings:\n${faults.join("\n")}`, { op });
  for (const link of settings.Links ?? []) parseLink(link);
}

function addressFaults(ipv4: string, ipv6: string, { ipam }: NetworkRecord): string[] {
  const outside = ipv4 !== "" && ipam.subnets.length > 0 && !ipam.subnets.some(({ subnet }) => isWithin(ipv4, subnet));
  const isWithoutSubnet = (ipv4 !== "" && ipam.subnets.length === 0) || ipv6 !== "";
  return [
    ...(outside ? [`no configured subnet contains IP address ${ipv4}`] : []),
    ...(isWithoutSubnet ? ["user specified IP address is supported only when connecting to networks with user configured subnets"] : []),
  ];
}

function isWithin(address: string, subnet: string): boolean {
  const [base = "", bits] = subnet.split("/");
  if (!isIPv4(base)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits ?? 32));
  return list.check(address);
}
