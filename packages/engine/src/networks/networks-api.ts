import type { CreateNetworkRequest, EndpointRecord, EndpointSettings, NetworkRecord } from "@oriel/contracts";

/** How a container is connected to one network. */
export interface ContainerNetworkRecord {
  readonly name: string;
  /** "" of a network that does not exist. */
  readonly networkId: string;
  /** As asked for. */
  readonly settings: EndpointSettings;
  /** Names by which the others of the network find it. Empty of `none`. */
  readonly names: readonly string[];
  /** Only while it runs. */
  readonly endpoint: EndpointRecord | undefined;
}

/** A network with the containers that run in it. */
export interface NetworkInfo extends NetworkRecord {
  readonly containers: readonly { readonly id: string; readonly name: string; readonly endpoint: EndpointRecord }[];
}

/**
 * Networks are named by id, by name, or by an unambiguous beginning of an id; every method throws NotFoundError (`network x not
 * found`) for others, InvalidArgumentError for an ambiguous beginning.
 */
export interface Networks {
  /** @param filters Docker's: driver, type, name, id, label, scope, dangling. @throws InvalidArgumentError for others */
  list(filters?: Readonly<Record<string, readonly string[]>>): Promise<readonly NetworkInfo[]>;
  inspect(ref: string): Promise<NetworkInfo>;
  /** @throws AlreadyExistsError for a name in use; PermissionDeniedError for a predefined one; InvalidArgumentError naming the option */
  create(request: CreateNetworkRequest): Promise<{ readonly id: string; readonly warnings: readonly string[] }>;
  /** @throws PermissionDeniedError for a predefined one, and for one in which a container runs */
  remove(ref: string): Promise<void>;
  /**
   * Removes all in which no container runs, but predefined ones. Returns their names.
   * @param filters Docker's: until, label, label!. @throws InvalidArgumentError for others
   */
  prune(filters?: Readonly<Record<string, readonly string[]>>): Promise<readonly string[]>;
  /**
   * Connects a container, at once if it runs, else from its next start on.
   * @param containerRef As for {@link Containers}.
   * @throws PermissionDeniedError when it runs and is connected to it; InvalidArgumentError naming the setting, and for a container that
   *   cannot be connected to a network; ConflictError for one that is being removed
   */
  connect(ref: string, containerRef: string, settings?: EndpointSettings): Promise<void>;
  /**
   * @param options.force Also when the network, or the container's end of it, is gone.
   * @throws ConflictError when it is not connected
   */
  disconnect(ref: string, containerRef: string, options?: { readonly force?: boolean }): Promise<void>;
}
