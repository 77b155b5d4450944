import { type PortPolicy, portsOf } from "../host-network/link-host.ts";
import { HNS, HnsFailure } from "../network/hns-failure.ts";
import type { HnsEndpoint, HnsPolicy } from "../network/hns-objects.ts";
import { forwardTcp } from "./forward-tcp.ts";
import { forwardUdp } from "./forward-udp.ts";
import type { Forwarder, PortTarget } from "./forwarder.ts";
import { portOwner } from "./port-owner.ts";
import type { Relay } from "./relay.ts";

/** Ports taken for an endpoint that is about to be made or changed. */
export interface HeldPorts {
  /** With the ports that were chosen. */
  readonly policies: readonly HnsPolicy[];
  /** Leads them to the endpoint, and gives up those that it had and no longer has. */
  assign(endpoint: HnsEndpoint): Promise<void>;
  /** Gives up what was taken. */
  release(): Promise<void>;
}

/** Where a port of an endpoint leads; undefined: its program has the port of the host itself. */
type TargetOf = (endpoint: HnsEndpoint, port: PortPolicy) => Promise<PortTarget | undefined>;

/** How often another port is tried for one that nobody named. */
const tries = 200;
const dynamicPorts = { first: 49_152, count: 16_384 } as const;

/** The ports of the host that lead to endpoints: this process has them, so that no other program gets them. */
export class PublishedPorts {
  readonly #targetOf: TargetOf;
  readonly #relay: () => Promise<Relay | undefined>;
  /** By endpoint, then by port. */
  readonly #forwarders = new Map<string, Map<string, Forwarder>>();

  /** @param relay where targets are in another name space; undefined: this process reaches them */
  constructor(targetOf: TargetOf, relay: () => Promise<Relay | undefined> = async () => undefined) {
    this.#targetOf = targetOf;
    this.#relay = relay;
  }

  /**
   * Takes the ports of an endpoint's policies.
   * @param wanted as they were asked for: those without a port of the host get one
   * @param resolved the same, with ports to try first
   * @param id of an endpoint that is changed, which keeps what it has
   * @throws HnsFailure that says who has a port
   */
  async hold(wanted: readonly HnsPolicy[], resolved: readonly HnsPolicy[], id = ""): Promise<HeldPorts> {
    const kept = this.#forwarders.get(id.toLowerCase());
    const taken = new Map<string, Forwarder>();
    const release = async (): Promise<void> => {
      await Promise.all([...taken.values()].map((forwarder) => forwarder.close()));
    };
    const policies: HnsPolicy[] = [];
    const relay = await this.#relay();
    try {
      for (const [index, policy] of resolved.entries()) {
        const [port] = portsOf([policy]);
        if (port === undefined || kept?.has(keyOf(port))) {
          policies.push(policy);
          continue;
        }
        const isFree = Number(wanted[index]?.ExternalPort ?? 0) === 0;
        const [externalPort, forwarder] = await (isFree ? listenAtFree(port, relay) : listen(port, relay));
        taken.set(keyOf({ ...port, externalPort }), forwarder);
        policies.push({ ...policy, ExternalPort: externalPort });
      }
    } catch (error) {
      await release();
      throw error;
    }
    return { policies, release, assign: (endpoint) => this.#assign(endpoint, taken) };
  }

  async #assign(endpoint: HnsEndpoint, taken: ReadonlyMap<string, Forwarder>): Promise<void> {
    const id = endpoint.ID.toLowerCase();
    const before = this.#forwarders.get(id) ?? new Map<string, Forwarder>();
    const all = new Map([...before, ...taken]);
    const now = new Map<string, Forwarder>();
    for (const port of portsOf(endpoint.Policies)) {
      const forwarder = all.get(keyOf(port));
      const target = await this.#targetOf(endpoint, port);
      if (forwarder === undefined || target === undefined) continue;
      forwarder.aim(target);
      now.set(keyOf(port), forwarder);
    }
    if (now.size > 0) this.#forwarders.set(id, now);
    else this.#forwarders.delete(id);
    await Promise.all([...all].map(([key, forwarder]) => (now.has(key) ? undefined : forwarder.close())));
  }

  /** Gives up the ports of an endpoint. */
  async release(id: string): Promise<void> {
    const forwarders = this.#forwarders.get(id.toLowerCase());
    this.#forwarders.delete(id.toLowerCase());
    await Promise.all([...(forwarders?.values() ?? [])].map((forwarder) => forwarder.close()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#forwarders.keys()].map((id) => this.release(id)));
  }
}

function keyOf({ protocol, address, externalPort }: PortPolicy): string {
  return `${protocol} ${address} ${externalPort}`;
}

async function listen(port: PortPolicy, relay: Relay | undefined): Promise<[number, Forwarder]> {
  try {
    return [port.externalPort, await open(port, port.externalPort, relay)];
  } catch (error) {
    throw await failureOf(error, port);
  }
}

async function listenAtFree(port: PortPolicy, relay: Relay | undefined): Promise<[number, Forwarder]> {
  for (let at = 0; ; at += 1) {
    const externalPort = dynamicPorts.first + ((port.externalPort - dynamicPorts.first + at) % dynamicPorts.count);
    try {
      return [externalPort, await open(port, externalPort, relay)];
    } catch (error) {
      if (at >= tries || codeOf(error) !== "EADDRINUSE") throw await failureOf(error, port);
    }
  }
}

function open({ protocol, address }: PortPolicy, externalPort: number, relay: Relay | undefined): Promise<Forwarder> {
  if (relay !== undefined) return relay.forward(protocol, address, externalPort);
  return protocol === "tcp" ? forwardTcp(address, externalPort) : forwardUdp(address, externalPort);
}

async function failureOf(error: unknown, { protocol, address, externalPort }: PortPolicy): Promise<HnsFailure> {
  const what = `${address === "" ? "" : `${address} `}${protocol} port ${externalPort}`;
  if (codeOf(error) === "EADDRINUSE") {
    const owner = await portOwner(protocol, externalPort);
    return new HnsFailure(HNS.PORT_ALREADY_EXISTS, `${what} of this host is in use${owner === undefined ? "" : ` by ${owner}`}`);
  }
  if (codeOf(error) === "EADDRNOTAVAIL") return new HnsFailure(HNS.INVALID_IP, `this host has no address ${address}`);
  if (codeOf(error) === "EACCES") {
    const remedy = "choose a higher one, or let it: 'sysctl net.ipv4.ip_unprivileged_port_start', or run the daemon as root";
    return new HnsFailure(HNS.INVALID_POLICY, `${what}: the daemon is not root's, and the host lets it have none so low; ${remedy}`);
  }
  return new HnsFailure(HNS.INVALID_POLICY, `${what}: ${error instanceof Error ? error.message : String(error)}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
