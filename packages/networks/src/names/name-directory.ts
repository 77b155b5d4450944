import { isIPv4, isIPv6 } from "node:net";
import type { NetworkRecord } from "@oriel/contracts";
import type { NetworkStore, StoredEndpoint } from "../state/network-store.ts";

/** What a name means to one container. */
export interface FoundName {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

const reverseZone = ".in-addr.arpa";

/** Finds names and addresses as one container sees them: in its own networks. */
export class NameDirectory {
  readonly #store: Pick<NetworkStore, "endpoints" | "network">;

  constructor(store: Pick<NetworkStore, "endpoints" | "network">) {
    this.#store = store;
  }

  /** The container that asks in a network from an address. */
  askerAt(networkId: string, address: string): StoredEndpoint | undefined {
    return this.#all().find((endpoint) => endpoint.networkId === networkId && endpoint.ipAddress === address);
  }

  /** Returns undefined for a name that nothing in the asker's networks has. */
  find(asker: StoredEndpoint, name: string): FoundName | undefined {
    const wanted = name.toLowerCase();
    const hosts = asker.lookUp.hosts.filter((host) => host.name.toLowerCase() === wanted).map(({ address }) => address);
    if (hosts.length > 0) return { ipv4: hosts.filter((address) => isIPv4(address)), ipv6: hosts.filter((address) => isIPv6(address)) };
    const found = this.#connectionsOf(asker).flatMap((connection) => this.#inNetwork(connection, wanted));
    return found.length === 0 ? undefined : { ipv4: [...new Set(found.map(({ ipAddress }) => ipAddress))], ipv6: [] };
  }

  /** The name of what has an address, as `name.network`, for a question such as `2.0.29.172.in-addr.arpa`. */
  findReverse(asker: StoredEndpoint, question: string): string | undefined {
    const wanted = question.toLowerCase();
    if (!wanted.endsWith(reverseZone)) return undefined;
    const address = wanted.slice(0, -reverseZone.length).split(".").reverse().join(".");
    const ids = new Set(this.#connectionsOf(asker).map(({ networkId }) => networkId));
    const found = this.#all().find(({ networkId, ipAddress }) => ipAddress === address && ids.has(networkId));
    const network = found && this.#store.network(found.networkId);
    return found === undefined || network === undefined ? undefined : `${found.names[0] ?? found.containerName}.${network.name}`;
  }

  /** Whether the container has a way out of the host: from internal networks not even a question leaves it. */
  mayAskOutside(asker: StoredEndpoint): boolean {
    return this.#connectionsOf(asker).some(({ networkId }) => {
      const network = this.#store.network(networkId);
      return network !== undefined && !isInternal(network);
    });
  }

  #inNetwork(connection: StoredEndpoint, wanted: string): StoredEndpoint[] {
    const network = this.#store.network(connection.networkId);
    if (network === undefined) return [];
    const suffix = `.${network.name.toLowerCase()}`;
    const names = wanted.endsWith(suffix) ? [wanted, wanted.slice(0, -suffix.length)] : [wanted];
    const isWanted = (name: string): boolean => names.includes(name.toLowerCase());
    const linked = new Set(connection.links.filter(({ name }) => isWanted(name)).map(({ containerId }) => containerId));
    return this.#all().filter(
      ({ networkId, ipAddress, containerId, names: own }) =>
        networkId === network.id && ipAddress !== "" && (own.some(isWanted) || linked.has(containerId)),
    );
  }

  #connectionsOf({ containerId }: StoredEndpoint): StoredEndpoint[] {
    return this.#all().filter((endpoint) => endpoint.containerId === containerId);
  }

  #all(): StoredEndpoint[] {
    return [...this.#store.endpoints()];
  }
}

export function isInternal({ internal, driver }: NetworkRecord): boolean {
  return internal || driver === "internal" || driver === "private";
}
