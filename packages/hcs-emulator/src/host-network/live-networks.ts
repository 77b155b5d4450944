import { HCS, KeyedQueue } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import { byId, type HnsEndpoint, type HnsNetwork, type HnsState, sameId } from "../network/hns-objects.ts";
import { type LinkCounters, noCounters } from "./link-counters.ts";
import type { LinkHost, Plug } from "./link-host.ts";
import type { NetworkNames } from "./network-names.ts";
import { warnOfSharedSubnets } from "./shared-subnets.ts";

/** A name space, and the compute systems whose programs are in it: the one that it was made for, and those that share it. */
interface Space {
  readonly name: string;
  readonly users: Set<string>;
  isOpen: boolean;
  /** By the endpoint's id, in lower case. */
  readonly plugged: Map<string, { readonly endpoint: HnsEndpoint; readonly number: number }>;
}

export interface LiveNetworksOptions {
  readonly names: NetworkNames;
  /** undefined: endpoints are documents on this host. */
  host(): Promise<LinkHost | undefined>;
  state(): Promise<HnsState>;
  warn(message: string): void;
}

/** Keeps what is on the host as the documents of the host network service say. */
export class LiveNetworks {
  readonly #options: LiveNetworksOptions;
  /** What is done with bridges, and with each name space, is done one after another. */
  readonly #queue = new KeyedQueue();
  readonly #opened = new Set<string>();
  #opening: Promise<void> | undefined;
  readonly #spaces = new Map<string, Space>();
  /** Name spaces that are being removed, by the ids of their endpoints in lower case. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(options: LiveNetworksOptions) {
    this.#options = options;
  }

  /** Removes what a former process left. */
  async start(): Promise<void> {
    const host = await this.#options.host();
    if (host === undefined) return;
    await host.removeAll().catch((error: Error) => this.#options.warn(`what a former process left of networks: ${error.message}`));
  }

  /** Makes the networks that there are, once: when the host network service is first asked for anything, and not for all who make compute systems. */
  open(): Promise<void> {
    this.#opening ??= this.#openAll();
    return this.#opening;
  }

  async #openAll(): Promise<void> {
    const host = await this.#options.host();
    if (host === undefined) return;
    const { networks } = await this.#options.state();
    warnOfSharedSubnets(networks, this.#options.warn);
    for (const network of networks) {
      await this.#open(host, network).catch((error: Error) =>
        this.#options.warn(`network ${network.Name} cannot be made: ${error.message}`),
      );
    }
  }

  /** Removes everything. All compute systems must have ended. */
  async close(): Promise<void> {
    await this.#queue.idle();
    if (this.#opened.size === 0 && this.#spaces.size === 0) return;
    // What else the daemon has to close does not wait for it.
    await (await this.#options.host())
      ?.removeAll()
      .catch((error: Error) => this.#options.warn(`networks are not removed: ${error.message}`));
    this.#opened.clear();
    this.#spaces.clear();
  }

  /**
   * Makes and removes what the documents have more and less than before. Of an endpoint that is gone nothing is left when it returns: its
   * ports may be the next one's.
   * @throws Error when a network cannot be made
   */
  async apply(before: HnsState, after: HnsState): Promise<void> {
    const host = await this.#options.host();
    if (host === undefined) return;
    for (const network of after.networks) if (byId(before.networks, network.ID) === undefined) await this.#open(host, network);
    for (const space of new Set(this.#spaces.values())) {
      if (before.endpoints !== after.endpoints) await this.#queue.run(space.name, () => this.#fill(host, space));
    }
    if (before.endpoints !== after.endpoints) {
      const gone = before.endpoints.filter(({ ID }) => byId(after.endpoints, ID) === undefined);
      await Promise.all(gone.map(({ ID }) => this.#closing.get(ID.toLowerCase())));
    }
    for (const network of before.networks) if (byId(after.networks, network.ID) === undefined) await this.#close(host, network);
  }

  /**
   * Makes the name space of a compute system, with its endpoints.
   * @param sharedWith the system whose name space it is to be in; "" for one of its own
   * @returns words that put a command into it; undefined where there is none
   */
  async join(system: string, sharedWith: string): Promise<readonly string[] | undefined> {
    const host = await this.#options.host();
    if (host === undefined) return undefined;
    const space = this.#spaceFor(system, sharedWith);
    return this.#queue.run(space.name, async () => {
      if (space.isOpen) {
        await this.#fill(host, space);
        return host.enter(space.name);
      }
      const plugs = await this.#missing(host, space);
      const enter = await this.#orEmpty(host, space, () => host.openSpace(space.name, plugs));
      space.isOpen = true;
      return enter;
    });
  }

  /** Puts the endpoints of a compute system into the name space that one of its processes has. */
  async adopt(system: string, pid: number): Promise<void> {
    const host = await this.#options.host();
    if (host?.adoptSpace === undefined) return;
    const space = this.#spaceFor(system, "");
    await this.#queue.run(space.name, async () => {
      const plugs = await this.#missing(host, space);
      await this.#orEmpty(host, space, async () => host.adoptSpace?.(space.name, pid, plugs));
      space.isOpen = true;
    });
  }

  /** Lets a system leave its name space, which goes with the last; the removal goes on by itself. Its programs must have ended. */
  leave(system: string): void {
    const space = this.#spaces.get(system);
    if (space === undefined) return;
    this.#spaces.delete(system);
    space.users.delete(system);
    if (space.users.size > 0) return;
    const endpoints = [...space.plugged.values()].map(({ endpoint }) => endpoint);
    const ids = [...space.plugged.keys()];
    space.plugged.clear();
    const closing = this.#queue
      .run(space.name, async () => (await this.#options.host())?.closeSpace(space.name, endpoints))
      .catch((error: Error) => this.#options.warn(`network of compute system ${system}: ${error.message}`))
      .finally(() => {
        for (const id of ids) if (this.#closing.get(id) === closing) this.#closing.delete(id);
      });
    for (const id of ids) this.#closing.set(id, closing);
  }

  async counters(endpoints: readonly HnsEndpoint[]): Promise<readonly LinkCounters[]> {
    const host = await this.#options.host();
    return host === undefined ? endpoints.map(() => noCounters) : host.counters(endpoints);
  }

  #spaceFor(system: string, sharedWith: string): Space {
    const shared = sharedWith === "" ? undefined : this.#spaces.get(sharedWith);
    if (sharedWith !== "" && shared === undefined) {
      throw new HresultFailure(HCS.SYSTEM_NOT_FOUND, `the compute system ${sharedWith}, whose network is to be shared, does not run`);
    }
    const space = shared ?? { name: this.#freeName(system), users: new Set(), isOpen: false, plugged: new Map() };
    space.users.add(system);
    this.#spaces.set(system, space);
    return space;
  }

  /** One that ended and starts again may have left its name space to others that share it. */
  #freeName(system: string): string {
    const taken = new Set([...this.#spaces.values()].map(({ name }) => name));
    const name = this.#options.names.space(system);
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`;
    return free;
  }

  async #open(host: LinkHost, network: HnsNetwork): Promise<void> {
    const id = network.ID.toLowerCase();
    await this.#queue.run("networks", async () => {
      if (this.#opened.has(id)) return;
      this.#opened.add(id);
      try {
        await host.openNetwork(network, await this.#networks());
      } catch (error) {
        this.#opened.delete(id);
        await host.closeNetwork(network, await this.#networks()).catch(() => undefined);
        throw error;
      }
    });
  }

  async #close(host: LinkHost, network: HnsNetwork): Promise<void> {
    await this.#queue.run("networks", async () => {
      if (!this.#opened.delete(network.ID.toLowerCase())) return;
      await host
        .closeNetwork(network, await this.#networks())
        .catch((error: Error) => this.#options.warn(`network ${network.Name}: ${error.message}`));
    });
  }

  /** Those that have a bridge. */
  async #networks(): Promise<readonly HnsNetwork[]> {
    return (await this.#options.state()).networks.filter(({ ID }) => this.#opened.has(ID.toLowerCase()));
  }

  /** Plugs and unplugs what a name space lacks, and has too many of. */
  async #fill(host: LinkHost, space: Space): Promise<void> {
    if (space.users.size === 0) return;
    const { endpoints } = await this.#options.state();
    for (const [id, { endpoint, number }] of space.plugged) {
      const now = byId(endpoints, id);
      if (now !== undefined && isUsed(now, space)) {
        if (now.Policies !== endpoint.Policies) await host.republish(endpoint, now);
        space.plugged.set(id, { endpoint: now, number });
        continue;
      }
      space.plugged.delete(id);
      await host.unplug(endpoint).catch((error: Error) => this.#options.warn(`endpoint ${id}: ${error.message}`));
    }
    const plugs = await this.#missing(host, space);
    for (const [index, plug] of plugs.entries()) {
      try {
        await host.plug(space.name, plug);
      } catch (error) {
        // Half of it may be there: the container must not stay in a network that it is said not to be in.
        await host.unplug(plug.endpoint).catch(() => undefined);
        for (const { endpoint } of plugs.slice(index)) space.plugged.delete(endpoint.ID.toLowerCase());
        throw error;
      }
    }
  }

  /** The endpoints that its systems have and it does not; they count as plugged from here on. */
  async #missing(host: LinkHost, space: Space): Promise<Plug[]> {
    const { endpoints, networks } = await this.#options.state();
    const missing = endpoints.flatMap((endpoint) => {
      const network = byId(networks, endpoint.VirtualNetwork);
      const isMissing = network !== undefined && isUsed(endpoint, space) && !space.plugged.has(endpoint.ID.toLowerCase());
      return isMissing ? [{ endpoint, network }] : [];
    });
    for (const { network } of missing) await this.#open(host, network);
    return missing.map(({ endpoint, network }) => {
      const taken = new Set([...space.plugged.values()].map(({ number }) => number));
      let number = 0;
      while (taken.has(number)) number += 1;
      space.plugged.set(endpoint.ID.toLowerCase(), { endpoint, number });
      return { endpoint, network, adapter: `eth${number}`, metric: number };
    });
  }

  /** What is half made is removed. */
  async #orEmpty<Made>(host: LinkHost, space: Space, work: () => Promise<Made>): Promise<Made> {
    try {
      return await work();
    } catch (error) {
      const endpoints = [...space.plugged.values()].map(({ endpoint }) => endpoint);
      for (const system of space.users) this.#spaces.delete(system);
      space.users.clear();
      space.plugged.clear();
      await host.closeSpace(space.name, endpoints).catch(() => undefined);
      throw error;
    }
  }
}

function isUsed({ SharedContainers }: HnsEndpoint, { users }: Space): boolean {
  return SharedContainers.some((system) => [...users].some((user) => sameId(user, system)));
}
