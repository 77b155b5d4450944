import { createHash } from "node:crypto";
import {
  AlreadyExistsError,
  ConflictError,
  type CreateNetworkRequest,
  type EndpointRecord,
  type EndpointRequest,
  InvalidArgumentError,
  type NetworkBackend,
  type NetworkRecord,
  NotFoundError,
  PermissionDeniedError,
  type PortRequest,
  type PublishedPort,
} from "@oriel/contracts";

/** A method of the fake that can be told to fail, or to wait. */
export type FakeNetworkMethod = "create" | "remove" | "createEndpoint" | "removeEndpoint" | "reconcile";

export interface FakeNetworkBackend extends NetworkBackend {
  /** Every call that changes something, in order: `createEndpoint nat web`, `removeEndpoint nat web`. */
  readonly calls: readonly string[];
  /** What each endpoint that exists was asked for, in the order of their creation. */
  readonly requests: readonly EndpointRequest[];
  /** The next call of this method does this first; what it throws is what the call throws. Calls queue up. */
  before(method: FakeNetworkMethod, action: (subject: string) => void | Promise<void>): void;
}

export interface FakeNetworkBackendOptions {
  /** Whether ports may name an address of the host. @default false, as the host network service of Windows */
  readonly hostAddresses?: boolean;
  /** @default the system's */
  readonly now?: () => Date;
}

interface FakeNetwork {
  readonly record: NetworkRecord;
  /** Of the next endpoint without an address of its own. */
  nextAddress: number;
}

interface FakeEndpoint {
  record: EndpointRecord;
  readonly request: EndpointRequest;
}

/** The first port that is given to those who ask for none. */
const firstChosenPort = 49_152;

const drivers = ["ics", "internal", "l2bridge", "l2tunnel", "nat", "null", "private", "transparent"];

/** A network backend in memory that keeps every rule of the port. Nothing of it is on the host; it outlives the engine that uses it. */
export function fakeNetworkBackend(options: FakeNetworkBackendOptions = {}): FakeNetworkBackend {
  const { hostAddresses = false, now = () => new Date() } = options;
  const networks = new Map<string, FakeNetwork>();
  const endpoints = new Map<string, FakeEndpoint>();
  const calls: string[] = [];
  const actions = new Map<FakeNetworkMethod, ((subject: string) => void | Promise<void>)[]>();
  let made = 0;

  const enter = async (method: FakeNetworkMethod, subject: string): Promise<void> => {
    calls.push(subject === "" ? method : `${method} ${subject}`);
    await actions.get(method)?.shift()?.(subject);
  };
  const add = (request: CreateNetworkRequest, isPredefined: boolean): NetworkRecord => {
    made += 1;
    const { name, driver = "nat", internal = false, attachable = false, ipam = {}, labels = {} } = request;
    const id = hexId(`network ${made} ${name}`);
    const subnet = { subnet: `172.${30 + made}.0.0/16`, gateway: `172.${30 + made}.0.1` };
    const asked = ipam.subnets?.map((given) => ({ ...given, subnet: given.subnet ?? subnet.subnet }));
    const hnsId = driver === "null" ? undefined : guid(id);
    const named =
      hnsId === undefined ? {} : { "com.docker.network.windowsshim.hnsid": hnsId, "com.docker.network.windowsshim.networkname": name };
    const record: NetworkRecord = {
      id,
      name,
      driver,
      createdAt: now(),
      internal,
      attachable,
      ipam: {
        driver: driver === "null" ? "default" : (ipam.driver ?? "windows"),
        options: ipam.options ?? null,
        subnets: driver === "null" ? [] : asked === undefined || asked.length === 0 ? [subnet] : asked,
      },
      options: { ...request.options, ...named },
      labels,
      hnsId,
      isPredefined,
      isAdopted: false,
    };
    networks.set(id, { record, nextAddress: 2 });
    return record;
  };
  const find = (ref: string): NetworkRecord | undefined => {
    const all = [...networks.values()].map(({ record }) => record);
    const name = ref === "default" || ref === "bridge" ? "nat" : ref;
    const exact = networks.get(ref)?.record ?? all.find((network) => network.name === name);
    if (exact !== undefined || !/^[0-9a-f]{1,64}$/.test(ref)) return exact;
    const begun = all.filter(({ id }) => id.startsWith(ref));
    if (begun.length < 2) return begun[0];
    throw new InvalidArgumentError(`network ${ref} is ambiguous (${begun.length} matches found based on ID prefix)`, {
      op: "network.find",
      resource: ref,
    });
  };
  const get = (ref: string): NetworkRecord => {
    const network = find(ref);
    if (network === undefined) throw new NotFoundError(`network ${ref} not found`, { op: "network.find", resource: ref });
    return network;
  };
  const publish = (request: EndpointRequest, port: PortRequest, own: readonly PublishedPort[]): PublishedPort => {
    const { protocol, containerPort, hostAddress } = port;
    if (hostAddress !== "" && hostAddress !== "0.0.0.0" && !hostAddresses) {
      throw new InvalidArgumentError(
        `failed to create endpoint ${request.container.name} on network ${get(request.networkId).name}: Windows does not support host IP addresses in NAT settings`,
        { op: "endpoint.create", resource: request.container.id },
      );
    }
    const { first, last } = port.hostPorts ?? { first: firstChosenPort, last: 65_535 };
    const holderOf = (hostPort: number): FakeEndpoint | undefined =>
      [...endpoints.values()].find(({ record }) =>
        record.ports.some((taken) => taken.protocol === protocol && taken.hostPort === hostPort && taken.hostAddress === hostAddress),
      );
    for (let hostPort = first; hostPort <= last; hostPort++) {
      const isOwn = own.some((other) => other.protocol === protocol && other.hostPort === hostPort && other.hostAddress === hostAddress);
      if (!isOwn && holderOf(hostPort) === undefined) return { protocol, containerPort, hostAddress, hostPort };
    }
    throw new ConflictError(
      `failed to create endpoint ${request.container.name} on network ${get(request.networkId).name}: port ${first}/${protocol} is already published by container ${holderOf(first)?.request.container.name}`,
      { op: "endpoint.create", resource: request.container.id },
    );
  };
  const subjectOf = ({ record, request }: FakeEndpoint): string =>
    `${networks.get(record.networkId)?.record.name ?? record.networkId} ${request.container.name}`;

  add({ name: "nat" }, true);
  add({ name: "none", driver: "null" }, true);

  return {
    drivers,
    calls,
    get requests() {
      return [...endpoints.values()].map(({ request }) => request);
    },
    before(method, action) {
      actions.set(method, [...(actions.get(method) ?? []), action]);
    },
    list: () => [...networks.values()].map(({ record }) => record),
    get,
    async create(request) {
      await enter("create", request.name);
      if (["nat", "none"].includes(request.name)) {
        const message = `operation is not permitted on predefined ${request.name} network `;
        throw new PermissionDeniedError(message, { op: "network.create", resource: request.name });
      }
      if ([...networks.values()].some(({ record }) => record.name === request.name)) {
        throw new AlreadyExistsError(`network with name ${request.name} already exists`, { op: "network.create", resource: request.name });
      }
      const asked = (request.driver ?? "").toLowerCase();
      const driver = ["", "default", "bridge"].includes(asked) ? "nat" : asked;
      if (!drivers.includes(driver)) {
        throw new NotFoundError(`plugin "${driver}" not found`, { op: "network.create", resource: driver });
      }
      return { network: add({ ...request, driver }, false), warnings: [] };
    },
    async remove(ref) {
      const network = get(ref);
      await enter("remove", network.name);
      const refusal = network.isPredefined
        ? `${network.name} is a pre-defined network and cannot be removed`
        : `error while removing network: network ${network.name} id ${network.id} has active endpoints`;
      const isUsed = [...endpoints.values()].some(({ record }) => record.networkId === network.id);
      if (network.isPredefined || isUsed) throw new PermissionDeniedError(refusal, { op: "network.remove", resource: network.id });
      networks.delete(network.id);
      return network;
    },

    async createEndpoint(request) {
      const network = get(request.networkId);
      await enter("createEndpoint", `${network.name} ${request.container.name}`);
      const found = networks.get(get(network.id).id) as FakeNetwork;
      const [subnet] = network.ipam.subnets;
      const { ports: askedPorts, names, container } = request;
      const ports: PublishedPort[] = [];
      for (const port of askedPorts) ports.push(publish(request, port, ports));
      const ipAddress = request.ipAddress ?? addressIn(subnet?.subnet ?? "10.0.0.0/24", found.nextAddress++);
      const holder = [...endpoints.values()].find(({ record }) => record.networkId === network.id && record.ipAddress === ipAddress);
      if (holder !== undefined) {
        throw new ConflictError(`address ${ipAddress} is in use by container ${holder.request.container.name}`, {
          op: "endpoint.create",
          resource: container.id,
        });
      }
      made += 1;
      const id = hexId(`endpoint ${made}`);
      const record: EndpointRecord = {
        id,
        networkId: network.id,
        containerId: container.id,
        hnsId: guid(id),
        ipAddress,
        prefixLength: Number(subnet?.subnet.split("/")[1] ?? 24),
        gateway: subnet?.gateway ?? "",
        macAddress: (request.macAddress ?? macOf(id)).replaceAll("-", ":").toLowerCase(),
        names,
        ports,
        allowUnqualifiedDns: network.driver === "nat",
      };
      endpoints.set(id, { record, request });
      return record;
    },
    endpoints: (networkId) =>
      [...endpoints.values()].map(({ record }) => record).filter((record) => networkId === undefined || record.networkId === networkId),
    endpoint: (id) => endpoints.get(id)?.record,
    rename(id, names) {
      const endpoint = endpoints.get(id);
      if (endpoint !== undefined) endpoint.record = { ...endpoint.record, names };
    },
    async removeEndpoint(id) {
      const endpoint = endpoints.get(id);
      if (endpoint === undefined) return;
      await enter("removeEndpoint", subjectOf(endpoint));
      endpoints.delete(id);
    },
    async reconcile({ endpointIds }) {
      await enter("reconcile", "");
      const lost = [...endpoints.values()].filter(({ record }) => !endpointIds.has(record.id));
      for (const { record } of lost) endpoints.delete(record.id);
      return { removed: lost.map((endpoint) => `endpoint ${subjectOf(endpoint)}`), failed: [] };
    },
  };
}

function hexId(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function guid(id: string): string {
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join("-").toUpperCase();
}

function macOf(id: string): string {
  return ["00", "15", "5d", id.slice(0, 2), id.slice(2, 4), id.slice(4, 6)].join(":");
}

function addressIn(subnet: string, host: number): string {
  const [a, b, c] = subnet.split(".");
  return `${a}.${b}.${c}.${host}`;
}
