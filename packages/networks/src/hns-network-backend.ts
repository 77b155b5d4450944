import {
  type CreateNetworkRequest,
  type EndpointRecord,
  type EndpointRequest,
  FailedPreconditionError,
  InvalidArgumentError,
  type Logger,
  type NetworkBackend,
  type NetworkReconciliation,
  type NetworkRecord,
  NotFoundError,
  PermissionDeniedError,
  type RawHcs,
  type ResourceJournal,
  silentLogger,
} from "@oriel/contracts";
import { EndpointMaker } from "./endpoints/endpoint-maker.ts";
import { HnsClient } from "./hns/hns-client.ts";
import { NameService, type NameServiceOptions } from "./names/name-service.ts";
import type { NetworkContext } from "./network-context.ts";
import { adoptNetworks } from "./networks/adopt-networks.ts";
import { type CreatedNetwork, checkRequest, NetworkMaker } from "./networks/network-maker.ts";
import { reconcileNetworks } from "./networks/reconcile-networks.ts";
import { driverNames } from "./options/drivers.ts";
import { NetworkStore } from "./state/network-store.ts";
import { UndoneLate } from "./state/undone-late.ts";

export interface HnsNetworkBackendOptions {
  readonly raw: Pick<RawHcs, "provider" | "network">;
  readonly journal: ResourceJournal;
  /** Database; its folder must be there. */
  readonly file: string;
  readonly logger?: Logger;
  /** How long a call of the host network service may take, in milliseconds. @default 240000 */
  readonly timeout?: number;
  readonly names?: NameServiceOptions;
  /** @default the time of now */
  readonly now?: () => Date;
}

interface Opened {
  readonly context: NetworkContext;
  readonly networks: NetworkMaker;
  readonly endpoints: EndpointMaker;
  readonly names: NameService;
}

/** Networks and endpoints over the host network service. */
export class HnsNetworkBackend implements NetworkBackend {
  readonly drivers = driverNames;
  readonly #options: HnsNetworkBackendOptions;
  /** Undefined unless open. */
  #opened: Opened | undefined;
  /** Ids of networks that are being removed. */
  readonly #removing = new Set<string>();
  /** Undefined after a failure: the next use tries again. */
  #adoption: Promise<void> | undefined;

  constructor(options: HnsNetworkBackendOptions) {
    this.#options = options;
  }

  /** Finds out which networks the host has. Where its service fails, containers without a network can still be started. */
  async open(): Promise<void> {
    if (this.#opened === undefined) {
      const { raw, journal, file, logger = silentLogger, timeout, names, now = () => new Date() } = this.#options;
      const hns = new HnsClient(raw.network, { timeout });
      const undoneLate = new UndoneLate(journal, logger);
      const context = { provider: raw.provider, hns, store: new NetworkStore(file), journal, undoneLate, logger, now };
      const service = new NameService(context.store, logger, { bind: raw.network.bindNames, ...names });
      this.#opened = { context, networks: new NetworkMaker(context), endpoints: new EndpointMaker(context), names: service };
    }
    try {
      await this.#adopt();
      await this.#serveNames();
    } catch (error) {
      const remedy = "they are read again when one is used; see whether the Host Network Service (hns) runs";
      this.#context.logger.error({ err: error }, `the networks of the host cannot be read: ${remedy}`);
    }
  }

  async close(): Promise<void> {
    await this.#opened?.names.close();
    this.#opened?.context.store.close();
    this.#opened = undefined;
    this.#adoption = undefined;
  }

  get #context(): NetworkContext {
    return this.#use().context;
  }

  get #endpoints(): EndpointMaker {
    return this.#use().endpoints;
  }

  list(): readonly NetworkRecord[] {
    return this.#context.store.networks();
  }

  get(ref: string): NetworkRecord {
    const networks = this.list();
    const named = (name: string) => networks.find((network) => network.name === name);
    const found = networks.find(({ id }) => id === ref) ?? named(ref);
    if (found !== undefined) return found;
    const default_ = ref === "default" || ref === "bridge" ? named("nat") : undefined;
    if (default_ !== undefined) return default_;
    const beginning = ref === "" ? [] : networks.filter(({ id }) => id.startsWith(ref));
    const [only] = beginning;
    if (beginning.length > 1) {
      throw new InvalidArgumentError(`network ${ref} is ambiguous (${beginning.length} matches found based on ID prefix)`, {
        op: "network.get",
        resource: ref,
        remedy: "give more digits of the id, or the name",
      });
    }
    if (only === undefined) throw notFound(ref);
    return only;
  }

  async create(request: CreateNetworkRequest): Promise<CreatedNetwork> {
    checkRequest(request);
    await this.#adopt();
    return this.#use().networks.create(request);
  }

  async remove(ref: string): Promise<NetworkRecord> {
    const op = "network.remove";
    const network = this.get(ref);
    const { id, name, hnsId } = network;
    if (network.isPredefined) {
      throw new PermissionDeniedError(`${name} is a pre-defined network and cannot be removed`, { op, resource: id });
    }
    if (this.#endpoints.isUsed(id)) {
      throw new PermissionDeniedError(`error while removing network: network ${name} id ${id} has active endpoints`, {
        op,
        resource: id,
      });
    }
    if (this.#removing.has(id)) throw notFound(ref);
    const { hns, store, journal } = this.#context;
    this.#removing.add(id);
    try {
      await this.#names.stop(id);
      if (!network.isAdopted && hnsId !== undefined) await hns.deleteNetwork(hnsId);
      store.removeNetwork(id);
      journal.clear("network", id);
      return network;
    } finally {
      this.#removing.delete(id);
    }
  }

  async createEndpoint(request: EndpointRequest): Promise<EndpointRecord> {
    await this.#adopt();
    const network = this.get(request.networkId);
    if (this.#removing.has(network.id)) throw notFound(request.networkId);
    const endpoint = await this.#endpoints.create(network, request);
    await this.#names.serve(network);
    return endpoint;
  }

  endpoints(networkId?: string): readonly EndpointRecord[] {
    const all = [...this.#context.store.endpoints()];
    return networkId === undefined ? all : all.filter((endpoint) => endpoint.networkId === networkId);
  }

  endpoint(id: string): EndpointRecord | undefined {
    return this.#context.store.endpoint(id);
  }

  rename(id: string, names: readonly string[]): void {
    const { store } = this.#context;
    const endpoint = store.endpoint(id);
    if (endpoint !== undefined) store.saveEndpoint({ ...endpoint, names, containerName: names[0] ?? endpoint.containerName });
  }

  removeEndpoint(id: string): Promise<void> {
    return this.#endpoints.remove(id);
  }

  async reconcile(owned: { readonly endpointIds: ReadonlySet<string> }): Promise<NetworkReconciliation> {
    const done = await reconcileNetworks(this.#context, this.#endpoints, owned.endpointIds);
    await this.open();
    return done;
  }

  get #names(): NameService {
    return this.#use().names;
  }

  /** Networks that have endpoints: the others when they get one. */
  async #serveNames(): Promise<void> {
    const used = new Set([...this.#context.store.endpoints()].map(({ networkId }) => networkId));
    for (const network of this.list()) if (used.has(network.id)) await this.#names.serve(network);
  }

  #use(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new FailedPreconditionError("the networks are not open", { op: "networks.use", remedy: "call open() first" });
  }

  /** Once, and again after a failure. */
  #adopt(): Promise<void> {
    this.#adoption ??= adoptNetworks(this.#context).catch((error: unknown) => {
      this.#adoption = undefined;
      throw error;
    });
    return this.#adoption;
  }
}

function notFound(ref: string): NotFoundError {
  return new NotFoundError(`network ${ref} not found`, {
    op: "network.get",
    resource: ref,
  });
}
