import {
  ConflictError,
  formatIPv4,
  InvalidArgumentError,
  type NetworkRecord,
  type NetworkSubnet,
  parseIPv4,
  parseIPv4Subnet,
  subnetContains,
} from "@oriel/contracts";

const op = "endpoint.create";

/** Containers by their addresses. */
export type TakenAddresses = () => ReadonlyMap<string, string>;

/**
 * The address to ask for. The host network service chooses itself, except where a network has a range or addresses that are not to be
 * given out, which it does not know.
 */
export class FreeAddresses {
  readonly #network: NetworkRecord;
  readonly #taken: TakenAddresses;
  readonly #isFixed: boolean;
  readonly #refused = new Set<string>();
  #chosen: string | undefined;

  /** @throws InvalidArgumentError for an address outside of the network; ConflictError for one that another container has */
  constructor(network: NetworkRecord, asked: string | undefined, taken: TakenAddresses) {
    this.#network = network;
    this.#taken = taken;
    this.#isFixed = asked !== undefined && asked !== "";
    if (this.#isFixed) this.#chosen = this.#checked(asked ?? "");
    else if (network.ipam.subnets.some(isRestricted)) this.#chosen = this.#firstFree();
  }

  get chosen(): string | undefined {
    return this.#chosen;
  }

  /** After the service refused the address, as something else has it: takes the next one. Returns false when that cannot help. */
  next(): boolean {
    if (this.#isFixed || this.#chosen === undefined) return false;
    this.#refused.add(this.#chosen);
    try {
      this.#chosen = this.#firstFree();
      return true;
    } catch {
      return false;
    }
  }

  #checked(asked: string): string {
    const address = parseIPv4(asked);
    const { subnets } = this.#network.ipam;
    if (address === undefined) {
      throw invalid(`invalid IPv4 address: ${asked}`, "give an address such as 172.29.0.77");
    }
    const within = subnets.some(({ subnet }) => {
      const parsed = parseIPv4Subnet(subnet);
      return parsed !== undefined && subnetContains(parsed, address);
    });
    // Without subnets a DHCP server of the network has the addresses.
    if (subnets.length > 0 && !within) {
      const list = subnets.map(({ subnet }) => subnet).join(", ");
      throw invalid(`no configured subnet or ip-range contain the IP address ${asked}`, `give an address of ${list}, or none`);
    }
    const text = formatIPv4(address);
    if (subnets.some(({ gateway }) => gateway === text))
      throw invalid(`address ${text} is the gateway of the network`, "give another address");
    const owner = this.#taken().get(text);
    if (owner === undefined) return text;
    throw new ConflictError(`address ${text} is already in use by container ${owner}`, { op, remedy: "give another address, or none" });
  }

  #firstFree(): string {
    const taken = this.#taken();
    for (const { subnet: whole, gateway, ipRange, auxiliaryAddresses = {} } of this.#network.ipam.subnets) {
      const [subnet, range] = [parseIPv4Subnet(whole), parseIPv4Subnet(ipRange ?? whole)];
      if (subnet === undefined || range === undefined) continue;
      const kept = new Set([gateway, ...Object.values(auxiliaryAddresses)]);
      for (let at = Math.max(range.first, subnet.first + 1); at <= Math.min(range.last, subnet.last - 1); at += 1) {
        const address = formatIPv4(at);
        if (!kept.has(address) && !taken.has(address) && !this.#refused.has(address)) return address;
      }
    }
    throw new ConflictError("no available IPv4 addresses on this network's address pools", {
      op,
      remedy: "remove containers of the network, or make a larger one",
    });
  }
}

function isRestricted({ ipRange, auxiliaryAddresses = {} }: NetworkSubnet): boolean {
  return ipRange !== undefined || Object.keys(auxiliaryAddresses).length > 0;
}

function invalid(message: string, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op, remedy });
}
