import {
  AlreadyExistsError,
  type CreateNetworkRequest,
  type EndpointRecord,
  type EndpointSettings,
  NotFoundError,
  PermissionDeniedError,
} from "@oriel/contracts";
import type { ContainerNetworkRecord, NetworkInfo, Networks } from "@oriel/engine";

const createdAt = new Date("2026-01-02T03:04:05.678Z");

/** An endpoint of a container in the fake's network `nat`. */
export const fakeEndpoint: EndpointRecord = {
  id: "e1".repeat(32),
  networkId: "a1".repeat(32),
  containerId: "01".repeat(32),
  hnsId: "11111111-1111-1111-1111-111111111111",
  ipAddress: "172.30.0.2",
  prefixLength: 16,
  gateway: "172.30.0.1",
  macAddress: "00:15:5d:00:00:02",
  names: ["web"],
  ports: [],
  allowUnqualifiedDns: true,
};

/** How a container is connected to `nat`, running or not. */
export function fakeConnection(endpoint: EndpointRecord | undefined, settings: EndpointSettings = {}): ContainerNetworkRecord {
  return { name: "nat", networkId: fakeEndpoint.networkId, settings, names: ["web", "010101010101"], endpoint };
}

function network(id: string, more: Partial<NetworkInfo> & Pick<NetworkInfo, "name" | "driver">): NetworkInfo {
  return {
    id: id.repeat(32),
    createdAt,
    internal: false,
    attachable: false,
    ipam: { driver: "windows", options: null, subnets: [{ subnet: "172.30.0.0/16", gateway: "172.30.0.1" }] },
    options: {},
    labels: {},
    hnsId: undefined,
    isPredefined: false,
    isAdopted: false,
    containers: [],
    ...more,
  };
}

/** Networks in memory, and what was asked for. */
export class FakeNetworks implements Networks {
  readonly #networks = new Map<string, NetworkInfo>();
  readonly calls: unknown[][] = [];

  constructor() {
    const none = { driver: "default", options: null, subnets: [] };
    const nat = network("a1", { name: "nat", driver: "nat", isPredefined: true });
    this.#networks.set("nat", { ...nat, containers: [{ id: "01".repeat(32), name: "web", endpoint: fakeEndpoint }] });
    this.#networks.set("none", network("a2", { name: "none", driver: "null", isPredefined: true, ipam: none }));
  }

  async list(filters: Readonly<Record<string, readonly string[]>> = {}): Promise<NetworkInfo[]> {
    this.calls.push(["list", filters]);
    return [...this.#networks.values()];
  }

  async inspect(ref: string): Promise<NetworkInfo> {
    return this.#find(ref);
  }

  async create(request: CreateNetworkRequest): Promise<{ id: string; warnings: string[] }> {
    this.calls.push(["create", request]);
    const { name, driver = "nat", internal = false, labels = {} } = request;
    if (this.#networks.has(name)) throw new AlreadyExistsError(`network with name ${name} already exists`, { op: "network.create" });
    const made = network(`b${this.#networks.size}`, { name, driver, internal, labels });
    this.#networks.set(name, made);
    return { id: made.id, warnings: [] };
  }

  async remove(ref: string): Promise<void> {
    const { name, isPredefined } = this.#find(ref);
    if (isPredefined) throw new PermissionDeniedError(`${name} is a pre-defined network and cannot be removed`, { op: "network.remove" });
    this.#networks.delete(name);
  }

  async prune(filters: Readonly<Record<string, readonly string[]>> = {}): Promise<string[]> {
    this.calls.push(["prune", filters]);
    return [...this.#networks.values()].flatMap(({ name, isPredefined }) => (isPredefined ? [] : [name]));
  }

  async connect(ref: string, containerRef: string, settings: EndpointSettings = {}): Promise<void> {
    this.calls.push(["connect", this.#find(ref).name, containerRef, settings]);
  }

  async disconnect(ref: string, containerRef: string, options: { readonly force?: boolean } = {}): Promise<void> {
    this.calls.push(["disconnect", this.#find(ref).name, containerRef, options]);
  }

  #find(ref: string): NetworkInfo {
    const found = this.#networks.get(ref) ?? [...this.#networks.values()].find(({ id }) => id.startsWith(ref));
    if (found === undefined) throw new NotFoundError(`network ${ref} not found`, { op: "network.find" });
    return found;
  }
}
