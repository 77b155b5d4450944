import { serviceToken } from "../plugins/token.ts";

/** Subnet of a network, as its addresses are given out. */
export interface NetworkSubnet {
  /** `172.29.0.0/16` */
  readonly subnet: string;
  /** Absent where the network has none. */
  readonly gateway?: string;
  /** Part of the subnet that addresses are taken from: `172.29.5.0/24`. */
  readonly ipRange?: string;
  /** Addresses that are never given out, by their names. */
  readonly auxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** A network as `docker network inspect` shows it, without its containers. */
export interface NetworkRecord {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  /** `nat`, `transparent`, `l2bridge`, `l2tunnel`, `internal`, `private`, `ics` or, for `none`, `null`. */
  readonly driver: string;
  readonly createdAt: Date;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ipam: {
    /** `windows` unless another was asked for; `default` of `none`. */
    readonly driver: string;
    readonly options: Readonly<Record<string, string>> | null;
    /** As the host network service has them. */
    readonly subnets: readonly NetworkSubnet[];
  };
  /** `com.docker.network.windowsshim.*`, `hnsid` and `networkname` among them. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Id of the host network service; undefined of `none`. */
  readonly hnsId: string | undefined;
  /** `nat` and `none`: they cannot be removed. */
  readonly isPredefined: boolean;
  /** Of the host network service before the engine: it stays there when it is removed here. */
  readonly isAdopted: boolean;
}

export interface CreateNetworkRequest {
  readonly name: string;
  /** Without case. @default "nat" */
  readonly driver?: string;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly enableIPv6?: boolean;
  readonly ipam?: {
    readonly driver?: string;
    readonly options?: Readonly<Record<string, string>>;
    readonly subnets?: readonly Partial<NetworkSubnet>[];
  };
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export type PortProtocol = "tcp" | "udp";

/** A port of a container that is to be reached at the host. */
export interface PortRequest {
  readonly protocol: PortProtocol;
  readonly containerPort: number;
  /** "" or an unspecified address: each of the host's. */
  readonly hostAddress: string;
  /** The first free one of these; absent: the host network service chooses. */
  readonly hostPorts?: { readonly first: number; readonly last: number } | undefined;
}

export interface PublishedPort {
  readonly protocol: PortProtocol;
  readonly containerPort: number;
  /** "" for each of the host's addresses. */
  readonly hostAddress: string;
  readonly hostPort: number;
}

/** What programs of one container look up, in each of its networks. */
export interface ContainerNames {
  /** `--dns`: asked in place of the host's servers. Empty: the host's. */
  readonly servers: readonly string[];
  /** `--dns-search`. */
  readonly search: readonly string[];
  /** `--dns-option`: `ndots:2`. */
  readonly options: readonly string[];
  /** `--add-host`: names, and the address of each. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
}

/** A container that is to be connected to a network. */
export interface EndpointRequest {
  readonly networkId: string;
  readonly container: { readonly id: string; readonly name: string };
  /** Names that the other containers of the network find it by: its name, aliases, the short id, the host name. Without case. */
  readonly names: readonly string[];
  /** Names that only this container knows others of the network by (`--link`): the other's id by each. */
  readonly links: readonly { readonly name: string; readonly containerId: string }[];
  readonly lookUp: ContainerNames;
  /** Absent: the host network service chooses. */
  readonly ipAddress?: string;
  /** `02:42:ac:11:00:02`, or with hyphens. Absent: the host network service chooses. */
  readonly macAddress?: string;
  readonly ports: readonly PortRequest[];
  /** `com.docker.network.endpoint.*` of the connection. */
  readonly options?: Readonly<Record<string, string>>;
}

/** A container's connection to a network, from its creation in the host network service to its removal there. */
export interface EndpointRecord {
  /** 64 hex digits. */
  readonly id: string;
  readonly networkId: string;
  readonly containerId: string;
  readonly hnsId: string;
  readonly ipAddress: string;
  readonly prefixLength: number;
  /** "" where the network has none. */
  readonly gateway: string;
  /** With colons, lower case. */
  readonly macAddress: string;
  readonly names: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Names without a dot are looked up too. */
  readonly allowUnqualifiedDns: boolean;
}

/** What `reconcile` did, one line of text each. */
export interface NetworkReconciliation {
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Networks and the endpoints of containers in them. Networks last until they are removed; endpoints are made for a run of a container
 * and removed after it. All is recorded before it is made on the host: what a crash leaves is found by `reconcile`. What others made
 * in the host network service is shown and used, and never changed or removed. Reads never wait for the host.
 */
export interface NetworkBackend {
  /** Drivers for `docker info`. */
  readonly drivers: readonly string[];
  /** In the order of their creation. */
  list(): readonly NetworkRecord[];
  /**
   * By whole id, by name, or by an unambiguous beginning of an id, in this order. `default` and `bridge` mean `nat`.
   * @throws NotFoundError `network x not found`; InvalidArgumentError for an ambiguous beginning
   */
  get(ref: string): NetworkRecord;
  /**
   * `bridge` and `default` mean the driver `nat`, as clients that were written for Linux name them.
   * @throws AlreadyExistsError `network with name x already exists`; NotFoundError for an unknown driver; PermissionDeniedError for the
   *   names of predefined networks; InvalidArgumentError naming the option, and for subnets that overlap others or lack what they need;
   *   what the host network service says
   */
  create(request: CreateNetworkRequest): Promise<{ readonly network: NetworkRecord; readonly warnings: readonly string[] }>;
  /**
   * One that is gone from the host is removed all the same.
   * @throws NotFoundError; PermissionDeniedError for `nat` and `none`, and for one that has endpoints, in dockerd's words
   */
  remove(ref: string): Promise<NetworkRecord>;

  /**
   * @throws NotFoundError for the network; InvalidArgumentError for an address outside of it, and for a host address of a port where the
   *   host takes none; ConflictError for an address or a port that is taken, naming who has it. Whatever fails leaves nothing behind.
   */
  createEndpoint(request: EndpointRequest): Promise<EndpointRecord>;
  /** Of all containers, or of one network. */
  endpoints(networkId?: string): readonly EndpointRecord[];
  /** By its id. */
  endpoint(id: string): EndpointRecord | undefined;
  /** The names by which others find it from now on. An endpoint that is gone is no error. */
  rename(id: string, names: readonly string[]): void;
  /** One that is gone, here or on the host, is no error. @throws what the host network service says; it stays recorded then */
  removeEndpoint(id: string): Promise<void>;

  /**
   * After a restart, before anything else is asked for but reads: removes endpoints that are recorded and not among these, and networks
   * that were half made or half removed, and finds again what those of containers that still run need (names, ports).
   */
  reconcile(owned: { readonly endpointIds: ReadonlySet<string> }): Promise<NetworkReconciliation>;
}

export const networkBackendToken = serviceToken<NetworkBackend>("oriel.network-backend");
