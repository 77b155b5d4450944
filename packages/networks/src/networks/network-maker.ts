import {
  AlreadyExistsError,
  type CreateNetworkRequest,
  InvalidArgumentError,
  type NetworkRecord,
  type NetworkSubnet,
  NotFoundError,
} from "@oriel/contracts";
import type { HnsNetwork } from "../hns/hns-documents.ts";
import type { NetworkContext } from "../network-context.ts";
import { chooseDriver, driverOf } from "../options/drivers.ts";
import { readNetworkOptions } from "../options/network-options.ts";
import { hnsOptions, newId, subnetsOf } from "../state/network-record.ts";
import { checkSubnets, refuseOverlap } from "./check-ipam.ts";
import { checkNetworkName } from "./check-name.ts";
import { createOnHost } from "./network-on-host.ts";

const op = "network.create";

export interface CreatedNetwork {
  readonly network: NetworkRecord;
  readonly warnings: readonly string[];
}

/** Makes networks, and takes over those of the host that are named. Names and subnets of those under way count as taken. */
export class NetworkMaker {
  readonly #context: NetworkContext;
  readonly #pending = new Map<string, { readonly driver: string; readonly subnets: readonly NetworkSubnet[] }>();

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  async create(request: CreateNetworkRequest): Promise<CreatedNetwork> {
    const { store } = this.#context;
    const { name } = request;
    if (this.#pending.has(name) || store.networks().some((network) => network.name === name)) {
      throw new AlreadyExistsError(`network with name ${name} already exists`, { op, resource: name });
    }
    const { hnsId } = readNetworkOptions(request.options ?? {});
    const driver = chooseDriver(request.driver);
    const subnets = checkSubnets(request);
    if (hnsId === undefined) this.#refuseOverlap(driver, subnets);
    this.#pending.set(name, { driver, subnets });
    try {
      const network = await (hnsId === undefined ? this.#make(request, driver, subnets) : this.#takeOver(request, hnsId));
      return { network, warnings: warningsOf(request) };
    } finally {
      this.#pending.delete(name);
    }
  }

  async #make(request: CreateNetworkRequest, driver: string, subnets: readonly NetworkSubnet[]): Promise<NetworkRecord> {
    const { hns, store, journal } = this.#context;
    const id = newId();
    const options = readNetworkOptions(request.options ?? {});
    const before = options.hnsName === undefined ? [] : await hns.networks();
    const made = await createOnHost(this.#context, { id, driver, internal: request.internal ?? false, subnets, options }, before);
    const network = this.#recordOf(request, made, { id, driver, isAdopted: false, subnets: subnetsOf(made, subnets) });
    try {
      store.saveNetwork(network);
    } catch (error) {
      await hns.deleteNetwork(made.ID).then(() => journal.clear("network", id));
      throw error;
    }
    return network;
  }

  async #takeOver(request: CreateNetworkRequest, hnsId: string): Promise<NetworkRecord> {
    const { hns, store } = this.#context;
    const found = await hns.network(hnsId);
    const driver = (found.Type ?? "").toLowerCase();
    const details = { op, resource: hnsId };
    if (driverOf(driver) === undefined || isOther(request.driver, driver)) {
      const remedy = driverOf(driver) === undefined ? "choose another network" : `use the driver ${driver}`;
      throw new InvalidArgumentError(`the network ${hnsId} of the host is of the type ${found.Type}`, { ...details, remedy });
    }
    if ((request.ipam?.subnets ?? []).length > 0) {
      throw new InvalidArgumentError(`the network ${hnsId} of the host has subnets of its own`, { ...details, remedy: "give no subnets" });
    }
    const network = this.#recordOf(request, found, { id: newId(), driver, isAdopted: true, subnets: subnetsOf(found) });
    store.saveNetwork(network);
    return network;
  }

  #recordOf(
    { name, internal = false, attachable = false, options = {}, labels = {}, ipam }: CreateNetworkRequest,
    found: HnsNetwork,
    more: { readonly id: string; readonly driver: string; readonly isAdopted: boolean; readonly subnets: readonly NetworkSubnet[] },
  ): NetworkRecord {
    const { id, driver, isAdopted, subnets } = more;
    return {
      id,
      name,
      driver,
      createdAt: this.#context.now(),
      internal,
      attachable,
      ipam: { driver: "windows", options: ipam?.options ?? null, subnets },
      options: { ...options, ...hnsOptions(found) },
      labels,
      hnsId: found.ID,
      isPredefined: false,
      isAdopted,
    };
  }

  #refuseOverlap(driver: string, subnets: readonly NetworkSubnet[]): void {
    if (driverOf(driver)?.isRouted !== true) return;
    const made = this.#context.store.networks().map((network) => ({ ...network, subnets: network.ipam.subnets }));
    const pending = [...this.#pending].map(([name, network]) => ({ name, ...network }));
    for (const other of [...made, ...pending]) if (driverOf(other.driver)?.isRouted) refuseOverlap(subnets, other.subnets, other.name);
  }
}

/** Whether another driver is asked for. No name, or one that means the default, asks for none. */
function isOther(asked: string | undefined, driver: string): boolean {
  const chosen = chooseDriver(asked);
  return chosen !== driver && chosen === asked?.toLowerCase();
}

/**
 * What of a request can be judged without the host.
 * @throws InvalidArgumentError, NotFoundError, PermissionDeniedError in dockerd's words
 */
export function checkRequest(request: CreateNetworkRequest): void {
  checkNetworkName(request.name);
  const driver = chooseDriver(request.driver);
  readNetworkOptions(request.options ?? {});
  checkIpamDriver(request.ipam?.driver);
  checkSubnets(request);
  if (request.internal === true && driver !== "nat" && driver !== "internal") {
    throw new InvalidArgumentError(`a network of the driver ${driver} cannot be internal`, {
      op,
      remedy: "use the driver internal, or nat",
    });
  }
}

function checkIpamDriver(asked = ""): void {
  if (["", "default", "windows"].includes(asked.toLowerCase())) return;
  throw new NotFoundError(`plugin "${asked}" not found`, { op, remedy: "use the IPAM driver windows, or default" });
}

function warningsOf({ ipam }: CreateNetworkRequest): string[] {
  return Object.keys(ipam?.options ?? {}).map(
    (option) => `The IPAM driver windows has no option ${option}: it is kept, and has no effect.`,
  );
}
