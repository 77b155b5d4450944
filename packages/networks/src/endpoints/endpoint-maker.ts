import {
  type EndpointRequest,
  FailedPreconditionError,
  HCN,
  InternalError,
  InvalidArgumentError,
  isOrielError,
  type NetworkRecord,
  type OrielError,
  type PublishedPort,
  parseIPv4,
  parseIPv4Subnet,
  subnetContains,
} from "@oriel/contracts";
import { isHcsError } from "@oriel/hcs-bindings";
import type { HnsEndpoint } from "../hns/hns-documents.ts";
import type { NetworkContext } from "../network-context.ts";
import { driverOf } from "../options/drivers.ts";
import { newId } from "../state/network-record.ts";
import type { StoredEndpoint } from "../state/network-store.ts";
import { type ChosenPort, endpointDocument } from "./endpoint-document.ts";
import { FreeAddresses } from "./free-addresses.ts";
import { PortCandidates, type TakenPort } from "./port-candidates.ts";

const op = "endpoint.create";

type HostNetwork = NetworkRecord & { readonly hnsId: string };

/** Makes and removes endpoints. Ports and addresses of those under way count as taken. */
export class EndpointMaker {
  readonly #context: NetworkContext;
  /** Being made: what each has chosen. */
  readonly #pending = new Set<{
    readonly networkId: string;
    readonly containerName: string;
    ports: readonly ChosenPort[];
    ipAddress: string | undefined;
  }>();

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** Whether the network has endpoints, or is given one. */
  isUsed(networkId: string): boolean {
    const isOf = (endpoint: { readonly networkId: string }): boolean => endpoint.networkId === networkId;
    return [...this.#context.store.endpoints()].some(isOf) || [...this.#pending].some(isOf);
  }

  async create(network: NetworkRecord, request: EndpointRequest): Promise<StoredEndpoint> {
    try {
      if (!isOnHost(network)) {
        throw new FailedPreconditionError(`network ${network.name} has no endpoints`, { op, remedy: "use another network" });
      }
      return await this.#create(network, request);
    } catch (error) {
      throw inDockerdsWords(error, request.container.name, network.name);
    }
  }

  /** One that is gone is no error. */
  async remove(id: string): Promise<void> {
    const { hns, store, journal } = this.#context;
    const endpoint = store.endpoint(id);
    if (endpoint === undefined) return;
    await hns.deleteEndpoint(endpoint.hnsId);
    store.removeEndpoint(id);
    journal.clear("endpoint", id);
  }

  async #create(network: HostNetwork, request: EndpointRequest): Promise<StoredEndpoint> {
    if (this.#context.provider === "windows") refuseHostAddresses(request);
    checkMacAddress(request.macAddress);
    const { store } = this.#context;
    const id = newId();
    const ports = new PortCandidates(request.ports, () => this.#takenPorts(), driverOf(network.driver)?.choosesPorts ?? true);
    const addresses = new FreeAddresses(network, request.ipAddress, () => this.#takenAddresses(network.id));
    const pending = { networkId: network.id, containerName: request.container.name, ports: ports.chosen, ipAddress: addresses.chosen };
    this.#pending.add(pending);
    try {
      const made = await this.#createOnHost(id, network, request, ports, addresses, pending);
      const endpoint = await this.#completed(id, network, request, made);
      try {
        store.saveEndpoint(endpoint);
      } catch (error) {
        await this.#undo(id, made.ID);
        throw error;
      }
      return endpoint;
    } finally {
      this.#pending.delete(pending);
    }
  }

  async #createOnHost(
    id: string,
    network: HostNetwork,
    request: EndpointRequest,
    ports: PortCandidates,
    addresses: FreeAddresses,
    pending: { ports: readonly ChosenPort[]; ipAddress: string | undefined },
  ): Promise<HnsEndpoint> {
    const { provider, hns, journal, undoneLate } = this.#context;
    journal.record("endpoint", id, { hnsNetwork: network.hnsId, containerId: request.container.id });
    try {
      for (;;) {
        const document = endpointDocument({ id, network, request, ipAddress: addresses.chosen, ports: ports.chosen, provider });
        try {
          return await hns.createEndpoint(document, (undone) => undoneLate.add("endpoint", id, undone));
        } catch (error) {
          const isOther =
            (isHcsError(error, HCN.PORT_ALREADY_EXISTS) && ports.next(error.message)) ||
            (isHcsError(error, HCN.INVALID_IP) && addresses.next());
          if (!isOther) throw error;
          Object.assign(pending, { ports: ports.chosen, ipAddress: addresses.chosen });
        }
      }
    } catch (error) {
      if (isHcsError(error)) journal.clear("endpoint", id);
      else if (!undoneLate.has(id)) await this.#undo(id);
      throw error;
    }
  }

  /** Removes what there is of an endpoint that is not kept. What cannot be removed now stays in the journal. */
  async #undo(id: string, hnsId?: string): Promise<void> {
    const { hns, journal, logger } = this.#context;
    try {
      const left = hnsId === undefined ? (await hns.endpoints()).filter(({ Name }) => Name === id).map(({ ID }) => ID) : [hnsId];
      for (const found of left) await hns.deleteEndpoint(found);
      journal.clear("endpoint", id);
    } catch (error) {
      logger.warn({ endpoint: id, err: error }, "an endpoint that could not be made whole is left for the next start");
    }
  }

  async #completed(id: string, network: HostNetwork, request: EndpointRequest, made: HnsEndpoint): Promise<StoredEndpoint> {
    const { container, names, links, lookUp } = request;
    const ipAddress = made.IPAddress ?? "";
    try {
      return {
        id,
        networkId: network.id,
        containerId: container.id,
        containerName: container.name,
        hnsId: made.ID,
        ipAddress,
        prefixLength: made.PrefixLength || prefixLengthOf(ipAddress, network),
        gateway: made.GatewayAddress ?? "",
        macAddress: (made.MacAddress ?? "").replaceAll("-", ":").toLowerCase(),
        names,
        ports: await this.#publishedPorts(request, made),
        allowUnqualifiedDns: driverOf(network.driver)?.hasHostGateway === true,
        links,
        lookUp,
      };
    } catch (error) {
      await this.#undo(id, made.ID);
      throw error;
    }
  }

  async #publishedPorts({ ports }: EndpointRequest, made: HnsEndpoint): Promise<readonly PublishedPort[]> {
    if (ports.length === 0) return [];
    const found = portsOf(made);
    // What the service chooses may not be in its answer to the creation.
    const published = found.every(({ hostPort }) => hostPort > 0) ? found : portsOf(await this.#context.hns.endpoint(made.ID));
    if (published.length === ports.length && published.every(({ hostPort }) => hostPort > 0)) return published;
    throw new InternalError(`the host network service does not say which ports it published: ${JSON.stringify(made.Policies ?? [])}`, {
      op,
    });
  }

  #takenPorts(): TakenPort[] {
    const { store } = this.#context;
    const made = [...store.endpoints()].flatMap(({ ports, containerName }) => ports.map((port) => ({ ...port, containerName })));
    const pending = [...this.#pending].flatMap(({ ports, containerName }) =>
      ports.flatMap(({ hostPort, ...port }) => (hostPort === undefined ? [] : [{ ...port, hostPort, containerName }])),
    );
    return [...made, ...pending];
  }

  #takenAddresses(networkId: string): ReadonlyMap<string, string> {
    const all = [...this.#context.store.endpoints(), ...this.#pending];
    const own = all.filter((endpoint) => endpoint.networkId === networkId);
    return new Map(own.flatMap(({ ipAddress, containerName }) => (ipAddress ? [[ipAddress, containerName] as const] : [])));
  }
}

function isOnHost(network: NetworkRecord): network is HostNetwork {
  return network.hnsId !== undefined;
}

function refuseHostAddresses({ ports }: EndpointRequest): void {
  if (ports.every(({ hostAddress }) => ["", "0.0.0.0", "::"].includes(hostAddress))) return;
  // In dockerd's words alone.
  throw new InvalidArgumentError("Windows does not support host IP addresses in NAT settings", { op });
}

function checkMacAddress(address = ""): void {
  if (address === "" || /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(address)) return;
  throw new InvalidArgumentError(`invalid MAC address: ${address}`, { op, remedy: "give one such as 00:15:5d:11:22:33" });
}

/** dockerd names container and network before what its driver says. */
function inDockerdsWords(error: unknown, container: string, network: string): unknown {
  if (!isOrielError(error)) return error;
  const message = `failed to create endpoint ${container} on network ${network}: ${error.message}`;
  return Object.defineProperty(error satisfies OrielError, "message", {
    value: message,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

function prefixLengthOf(ipAddress: string, { ipam }: NetworkRecord): number {
  const address = parseIPv4(ipAddress);
  const subnets = ipam.subnets.flatMap(({ subnet }) => parseIPv4Subnet(subnet) ?? []);
  return (address !== undefined && subnets.find((subnet) => subnetContains(subnet, address))?.prefixLength) || 0;
}

function portsOf({ Policies: policies }: HnsEndpoint): PublishedPort[] {
  return (policies ?? []).flatMap(({ Type, Protocol, InternalPort, ExternalPort, ExternalAddress }) => {
    if (String(Type).toUpperCase() !== "NAT") return [];
    const protocol = String(Protocol).toLowerCase() === "udp" ? "udp" : "tcp";
    const hostAddress = typeof ExternalAddress === "string" ? ExternalAddress : "";
    return [{ protocol, containerPort: Number(InternalPort ?? 0), hostAddress, hostPort: Number(ExternalPort ?? 0) }];
  });
}
