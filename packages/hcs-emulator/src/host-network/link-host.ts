import type { HnsEndpoint, HnsNetwork, HnsPolicy } from "../network/hns-objects.ts";
import type { Relay } from "../published-ports/relay.ts";
import type { LinkCounters } from "./link-counters.ts";

/** An endpoint that is to be in a name space. */
export interface Plug {
  readonly endpoint: HnsEndpoint;
  readonly network: HnsNetwork;
  /** Name of the link inside: `eth0`. */
  readonly adapter: string;
  /** Place among the default routes of the name space: the lowest is taken. */
  readonly metric: number;
}

/** What networks, endpoints and compute systems of the host network service are on a machine: bridges, links and name spaces. */
export interface LinkHost {
  /** What its networks lack, a sentence each. */
  readonly lacks: readonly string[];
  /** Where the networks are in a name space of the daemon's own: its process there. Absent: they are this host's. */
  readonly relay?: Relay;
  /** Words before a command that is to see its links and rules. */
  readonly before: readonly string[];
  /** Ends what holds it. */
  close?(): void;
  /** Removes all that carries the daemon's mark. */
  removeAll(): Promise<void>;
  /** Makes the bridge of each network, and what leads out of it; those that there are stay. `all`: networks that have one from now on. */
  openNetwork(network: HnsNetwork, all: readonly HnsNetwork[]): Promise<void>;
  closeNetwork(network: HnsNetwork, all: readonly HnsNetwork[]): Promise<void>;
  /**
   * Makes a name space, with endpoints for it.
   * @returns words to put before the first command there: its adapters have their addresses then
   */
  openSpace(name: string, plugs: readonly Plug[]): Promise<readonly string[]>;
  /** Gives a name to the name space of a process, and puts endpoints into it. Absent: its links cannot be moved there. */
  adoptSpace?(name: string, pid: number, plugs: readonly Plug[]): Promise<void>;
  plug(space: string, plug: Plug): Promise<void>;
  /** Leads the ports of an endpoint that is plugged as its policies say now. */
  republish(before: HnsEndpoint, now: HnsEndpoint): Promise<void>;
  unplug(endpoint: HnsEndpoint): Promise<void>;
  /** Removes a name space and its endpoints. Its processes must have ended. */
  closeSpace(name: string, endpoints: readonly HnsEndpoint[]): Promise<void>;
  /** Words to put before a further command, so that it runs in a name space. */
  enter(space: string): readonly string[];
  /** By endpoint. */
  counters(endpoints: readonly HnsEndpoint[]): Promise<readonly LinkCounters[]>;
}

/** Whether a network is to have a way out of the machine; undefined: not even to the host. */
export function reachOf({ Type }: HnsNetwork): "outside" | "host" | undefined {
  const type = Type.toLowerCase();
  return type === "private" ? undefined : type === "internal" ? "host" : "outside";
}

/** A port of the host that leads to an endpoint. */
export interface PortPolicy {
  readonly protocol: "tcp" | "udp";
  /** "" for each address of the host. */
  readonly address: string;
  readonly externalPort: number;
  readonly internalPort: number;
}

export function isNat({ Type }: HnsPolicy): boolean {
  return String(Type).toUpperCase() === "NAT";
}

/** Ports that the policies publish: those of protocols that have ports. */
export function portsOf(policies: readonly HnsPolicy[]): PortPolicy[] {
  return policies.filter(isNat).flatMap((policy) => {
    const protocol = String(policy.Protocol ?? "tcp").toLowerCase();
    if (protocol !== "tcp" && protocol !== "udp") return [];
    const address = String(policy.ExternalAddress ?? "");
    const port = { protocol, address: address === "0.0.0.0" || address === "::" ? "" : address } as const;
    return [{ ...port, externalPort: Number(policy.ExternalPort ?? 0), internalPort: Number(policy.InternalPort ?? 0) }];
  });
}

/** Why this host makes no networks, as the rest of a sentence, and what would change that. */
export interface NoLinkHost {
  readonly why: string;
  readonly remedy: string;
  /** It has been tried, and is not tried again. */
  readonly isTried?: true;
}

export function isLinkHost(found: LinkHost | NoLinkHost): found is LinkHost {
  return "openNetwork" in found;
}
