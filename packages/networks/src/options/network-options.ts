import { InvalidArgumentError } from "@oriel/contracts";
import type { HnsMacPool } from "../hns/hns-documents.ts";

const prefix = "com.docker.network.windowsshim.";

export const hnsIdOption = `${prefix}hnsid`;
export const networkNameOption = `${prefix}networkname`;

/** What options of a network say. */
export interface NetworkOptions {
  readonly hnsName: string | undefined;
  /** A network that the host has. */
  readonly hnsId: string | undefined;
  readonly adapter: string | undefined;
  readonly vlan: number;
  readonly vsid: number;
  readonly dnsSuffix: string | undefined;
  readonly dnsServers: string | undefined;
  readonly macPools: readonly HnsMacPool[];
  readonly sourceMac: string | undefined;
  readonly disableDns: boolean;
  readonly disableIcc: boolean;
  readonly outboundNat: boolean;
  readonly outboundNatExceptions: readonly string[] | undefined;
}

/**
 * Reads `com.docker.network.windowsshim.*`. Options that are not known are kept with the network and mean nothing, as with dockerd.
 * @throws InvalidArgumentError for a value that the option cannot have
 */
export function readNetworkOptions(options: Readonly<Record<string, string>>): NetworkOptions {
  const text = (name: string): string | undefined => options[`${prefix}${name}`] || undefined;
  const flag = (name: string): boolean => {
    const key = `${prefix}${name}`;
    return options[key] === undefined ? false : parseFlag(options[key], key);
  };
  return {
    hnsName: text("networkname"),
    hnsId: text("hnsid"),
    adapter: text("interface"),
    vlan: parseNumber(text("vlanid"), `${prefix}vlanid`),
    vsid: parseNumber(text("vsid"), `${prefix}vsid`),
    dnsSuffix: text("dnssuffix"),
    dnsServers: text("dnsservers"),
    macPools: parseMacPools(text("macpool")),
    sourceMac: text("sourcemac"),
    // The first is dockerd's option for a network, the second the one of an endpoint, for all endpoints of the network.
    disableDns: flag("disable_gatewaydns") || flag("disable_dns"),
    disableIcc: flag("disable_icc") || flag("disableicc"),
    outboundNat: flag("enable_outboundnat"),
    outboundNatExceptions: text("outboundnat_exceptions")?.split(","),
  };
}

/** What options of a connection say: `--driver-opt` of `docker network connect`. */
export interface EndpointOptions {
  readonly disableDns: boolean;
  readonly disableIcc: boolean;
  /** Bytes in a second. */
  readonly maxOutgoingBandwidth: number;
}

const egress = "com.docker.network.endpoint.egress_bandwidth";

/** @throws InvalidArgumentError for a value that the option cannot have */
export function readEndpointOptions(options: Readonly<Record<string, string>>): EndpointOptions {
  const flag = (name: string): boolean => {
    const value = options[`${prefix}${name}`];
    return value === undefined ? false : parseFlag(value, `${prefix}${name}`);
  };
  return {
    disableDns: flag("disable_dns"),
    disableIcc: flag("disable_icc") || flag("disableicc"),
    maxOutgoingBandwidth: parseNumber(options[egress], egress),
  };
}

/** As strconv.ParseBool reads it. */
function parseFlag(value: string, option: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(value)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(value)) return false;
  throw invalid(option, `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`, "give true or false");
}

function parseNumber(value: string | undefined, option: string): number {
  if (value === undefined) return 0;
  if (!/^\d+$/.test(value))
    throw invalid(option, `strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`, "give a whole number");
  const number = Number(value);
  if (number <= 0xffff_ffff) return number;
  throw invalid(option, `strconv.ParseUint: parsing ${JSON.stringify(value)}: value out of range`, "give a number of up to 32 bits");
}

function parseMacPools(value: string | undefined): HnsMacPool[] {
  if (value === undefined) return [];
  const addresses = value.split(",");
  if (addresses.length % 2 !== 0) {
    throw invalid(
      `${prefix}macpool`,
      "invalid mac pool. You must specify both a start range and an end range",
      "give pairs of addresses, with commas between",
    );
  }
  return addresses.flatMap((start, at) => (at % 2 === 0 ? [{ StartMacAddress: start, EndMacAddress: addresses[at + 1] ?? "" }] : []));
}

function invalid(option: string, reason: string, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(`${option}: ${reason}`, { op: "network.options", remedy });
}
