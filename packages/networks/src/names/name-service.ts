import type { Logger, NetworkRecord, RawNetwork } from "@oriel/contracts";
import { driverOf } from "../options/drivers.ts";
import type { NetworkStore } from "../state/network-store.ts";
import { Forwarder, type ForwarderOptions } from "./forwarder.ts";
import { type DnsServer, HostServers } from "./host-servers.ts";
import { NameDirectory } from "./name-directory.ts";
import { NameResolver } from "./name-resolver.ts";
import { NameServer } from "./name-server.ts";

export interface NameServiceOptions {
  /** @default 53 */
  readonly port?: number | undefined;
  /** Servers that are asked for other names. @default those of the host */
  readonly hostServers?: (() => Promise<readonly DnsServer[]>) | undefined;
  readonly forwarder?: ForwarderOptions | undefined;
  /** As RawNetwork has it. */
  readonly bind?: RawNetwork["bindNames"] | undefined;
}

/** Serves names to the containers of all networks, at the gateway address of each. */
export class NameService {
  readonly #port: number;
  readonly #logger: Logger;
  readonly #forwarder: Forwarder;
  readonly #bind: RawNetwork["bindNames"];
  readonly #resolver: NameResolver;
  /** By network; a promise while the address is being bound. */
  readonly #servers = new Map<string, Promise<NameServer[]>>();
  /** Networks that cannot be served, which is known. */
  readonly #warned = new Set<string>();
  /** Addresses that are served. */
  readonly #addresses = new Set<string>();

  constructor(store: NetworkStore, logger: Logger, { port = 53, hostServers, forwarder, bind }: NameServiceOptions = {}) {
    this.#port = port;
    this.#logger = logger;
    this.#forwarder = new Forwarder(forwarder);
    this.#bind = bind;
    const ofHost = new HostServers();
    this.#resolver = new NameResolver({
      directory: new NameDirectory(store),
      forwarder: this.#forwarder,
      hostServers: hostServers ?? (() => ofHost.servers()),
      isOwn: (server) => server.port === port && this.#addresses.has(server.address),
    });
  }

  /** Serves the network from now on, if it can be. What hinders is a warning in the log, once. */
  async serve(network: NetworkRecord): Promise<void> {
    if (driverOf(network.driver)?.hasHostGateway !== true || this.#servers.has(network.id)) return;
    const gateways = network.ipam.subnets.flatMap(({ gateway }) => gateway ?? []);
    const listening = this.#listenAll(gateways, network.id);
    this.#servers.set(network.id, listening);
    try {
      await listening;
      this.#warned.delete(network.id);
    } catch (error) {
      this.#servers.delete(network.id);
      const reason = error instanceof Error ? error.message : String(error);
      const message = `containers of network ${network.name} find each other by address only, as names cannot be served at its gateway: ${reason}`;
      // Each container of the network tries it again.
      this.#logger[this.#warned.has(network.id) ? "debug" : "warn"]({ network: network.name, err: error }, message);
      this.#warned.add(network.id);
    }
  }

  async stop(networkId: string): Promise<void> {
    const listening = this.#servers.get(networkId);
    this.#servers.delete(networkId);
    this.#warned.delete(networkId);
    await this.#closeAll((await listening?.catch(() => undefined)) ?? []);
  }

  async close(): Promise<void> {
    this.#forwarder.close();
    await Promise.all([...this.#servers.keys()].map((id) => this.stop(id)));
  }

  async #listenAll(addresses: readonly string[], networkId: string): Promise<NameServer[]> {
    const servers: NameServer[] = [];
    try {
      for (const address of addresses) servers.push(await this.#listen(address, networkId));
      return servers;
    } catch (error) {
      await this.#closeAll(servers);
      throw error;
    }
  }

  async #closeAll(servers: readonly NameServer[]): Promise<void> {
    for (const server of servers) {
      this.#addresses.delete(server.address);
      await server.close();
    }
  }

  async #listen(address: string, networkId: string): Promise<NameServer> {
    const resolve = this.#resolver.resolve.bind(this.#resolver);
    const server = await NameServer.listen({ address, port: this.#port, networkId, resolve, bind: this.#bind });
    this.#addresses.add(address);
    return server;
  }
}
