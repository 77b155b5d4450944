import { hresultFromWin32, type RawNetwork, WIN32 } from "@oriel/contracts";
import { HresultFailure, hresultOf } from "../host/answers.ts";
import type { LinkCounters } from "../host-network/link-counters.ts";
import type { LinkHost } from "../host-network/link-host.ts";
import { LiveNetworks } from "../host-network/live-networks.ts";
import { hostNameFiles, type NameFiles, nameFiles } from "../host-network/name-files.ts";
import type { NetworkNames } from "../host-network/network-names.ts";
import type { SystemNetwork } from "../host-network/system-network.ts";
import { type HeldPorts, PublishedPorts } from "../published-ports/published-ports.ts";
import type { Relay } from "../published-ports/relay.ts";
import { HnsFailure } from "./hns-failure.ts";
import { byId, type HnsEndpoint, type HnsPolicy, type HnsState, sameId } from "./hns-objects.ts";
import { attach, detach, parse, request, requireEndpoint } from "./hns-requests.ts";
import { HnsStore } from "./hns-store.ts";

export interface EmulatedNetworkOptions {
  readonly file: string;
  readonly names: NetworkNames;
  /** What makes networks and endpoints real; undefined: systems with endpoints use this host's own network. */
  host(): Promise<LinkHost | undefined>;
  warn(message: string): void;
}

/** Counters of an endpoint, as statistics of compute systems have them. */
export type EndpointStatistics = LinkCounters & { readonly EndpointId: string; readonly InstanceId: string };

/** The host network service, and what compute systems are to it. */
export interface EmulatedNetwork {
  readonly raw: RawNetwork;
  /** Removes what a former process left on the host. */
  start(): Promise<void>;
  /** Whether there is an endpoint of this id. */
  hasEndpoint(id: string): Promise<boolean>;
  /**
   * Gives an endpoint to a compute system, and to its programs where they run. @throws HnsFailure when there is none, or another
   * system has it and does not share it
   */
  attach(id: string, system: string, sharing: boolean): Promise<void>;
  /** Takes endpoints back from a compute system: this one, or all. */
  detach(system: string, id?: string): Promise<void>;
  /**
   * Puts a compute system on the network, before its programs start.
   * @param sharedWith the system whose adapters it has; "": its own
   */
  join(system: string, sharedWith: string): Promise<SystemNetwork>;
  /** The same for a system that has a name space, that of this process. */
  adopt(system: string, pid: number): Promise<void>;
  /** When all programs of a system have ended. */
  leave(system: string): void;
  /** What the programs of a system find names in. */
  nameFiles(system: string, hostName: string): Promise<NameFiles>;
  /** Of the endpoints that a system has. */
  statistics(system: string): Promise<readonly EndpointStatistics[]>;
  /** Removes all that is on the host. */
  close(): Promise<void>;
}

/** Keeps the documents of networks and endpoints in a file, and has a host make them real. */
export function createEmulatedNetwork({ file, names, host, warn }: EmulatedNetworkOptions): EmulatedNetwork {
  const store = new HnsStore(file, Number.parseInt(names.mark, 16));
  const relay = async (): Promise<Relay | undefined> => (await host())?.relay;
  const ports = new PublishedPorts(async ({ IPAddress }, { internalPort, externalPort }) => {
    if ((await host()) !== undefined) return { address: IPAddress, port: internalPort };
    return internalPort === externalPort ? undefined : { address: "127.0.0.1", port: internalPort };
  }, relay);
  /** Systems that have a loopback address and can be given nothing else, as their programs run. */
  const alone = new Set<string>();
  const live = new LiveNetworks({ names, host, state: () => store.read(), warn });

  const call = async (method: string, path: string, object: string): Promise<unknown> => {
    await live.open();
    const [collection, id = "", action = ""] = path.split("/").filter((part) => part !== "");
    if (collection === "endpointstats" && method === "GET") {
      const [found] = await countersOf([requireEndpoint(await store.read(), id)]);
      return found;
    }
    const isOnEndpoint = collection === "endpoints" && action === "";
    const held = isOnEndpoint && method === "POST" ? await holdPorts(path, id, parse(object)) : undefined;
    const document = held === undefined ? object : JSON.stringify({ ...parse(object), Policies: held.policies });
    const { before, after, answer } = await store
      .update((state, seed) => {
        const done = request(state, seed, method, path, document);
        return { state: done.state, answer: done.answer };
      })
      .catch(async (error: unknown) => {
        await held?.release();
        throw error;
      });
    await held?.assign(answer as HnsEndpoint);
    try {
      await live.apply(before, after);
    } catch (error) {
      const made = after.networks.filter(({ ID }) => byId(before.networks, ID) === undefined);
      await store.update((state) => ({
        state: { ...state, networks: state.networks.filter((network) => !made.includes(network)) },
        answer: undefined,
      }));
      throw error;
    } finally {
      // Last: who gets such a port finds no rule that leads it elsewhere.
      if (isOnEndpoint && method === "DELETE") await ports.release(id);
    }
    return answer;
  };

  /** Takes the ports that an endpoint asks for: undefined where it says nothing of them. */
  const holdPorts = async (path: string, id: string, given: Readonly<Record<string, unknown>>): Promise<HeldPorts | undefined> => {
    if (!Array.isArray(given.Policies)) return undefined;
    // What is refused takes nothing, and ports that nobody named are picked among those that no other endpoint has.
    const trial = request(await store.read(), 0, "POST", path, JSON.stringify(given)).answer as HnsEndpoint;
    return ports.hold(given.Policies as readonly HnsPolicy[], trial.Policies, id);
  };

  const countersOf = async (endpoints: readonly HnsEndpoint[]): Promise<EndpointStatistics[]> => {
    const counters = await live.counters(endpoints);
    return endpoints.flatMap(({ ID, SharedContainers }, index) => {
      const found = counters[index];
      return found === undefined ? [] : [{ ...found, EndpointId: ID, InstanceId: SharedContainers[0] ?? ID }];
    });
  };

  /** Changes which systems have endpoints: that ends with this process, and is not written. */
  const change = async (work: (state: HnsState) => HnsState): Promise<void> => {
    const { before, after } = await store.updateForNow(work);
    await live.apply(before, after);
  };

  return {
    raw: {
      bindNames: async (address, port) => (await relay())?.bind(address, port),
      HNSCall: async (method, path, object) => {
        try {
          const answer = await call(method.toUpperCase(), path, object);
          return respond(answer === undefined ? { Success: true } : { Success: true, Output: answer });
        } catch (error) {
          if (error instanceof HnsFailure) return respond({ Success: false, Error: error.message, ErrorCode: error.code });
          return { hresult: hresultOf(error), response: null };
        }
      },
    },
    start: async () => {
      // Without its documents no process of this folder has made anything.
      if (!(await store.isThere())) return;
      await live.start();
      for (const endpoint of (await store.read()).endpoints) {
        await ports
          .hold(endpoint.Policies, endpoint.Policies)
          .then((held) => held.assign(endpoint))
          .catch((error: Error) => warn(`endpoint ${endpoint.ID}: ${error.message}`));
      }
    },
    hasEndpoint: async (id) => byId((await store.read()).endpoints, id) !== undefined,
    attach: async (id, system, sharing) => {
      if (alone.has(system)) {
        const why = "its programs run without a network, and on this host they cannot be given one before they are started again";
        throw new HresultFailure(hresultFromWin32(WIN32.NOT_SUPPORTED), `compute system ${system}: ${why}`);
      }
      try {
        await change((state) => attach(state, id, system, sharing).state);
      } catch (error) {
        await change((state) => detach(state, system, id).state);
        throw error;
      }
    },
    detach: (system, id) => change((state) => detach(state, system, id).state),
    join: async (system, sharedWith) => {
      const enter = await live.join(system, sharedWith);
      if (enter !== undefined) return { kind: "joined", enter };
      if (sharedWith !== "" || endpointsOf(await store.read(), system).length > 0) return { kind: "host" };
      alone.add(system);
      return { kind: "loopback" };
    },
    adopt: (system, pid) => live.adopt(system, pid),
    leave: (system) => {
      alone.delete(system);
      live.leave(system);
    },
    nameFiles: async (system, hostName) => {
      const endpoints = endpointsOf(await store.read(), system);
      return endpoints.length > 0 && (await host()) === undefined ? hostNameFiles(hostName) : nameFiles(hostName, endpoints);
    },
    statistics: async (system) => countersOf(endpointsOf(await store.read(), system)),
    close: async () => {
      await ports.close();
      await live.close();
    },
  };
}

function endpointsOf({ endpoints }: HnsState, system: string): readonly HnsEndpoint[] {
  return endpoints.filter(({ SharedContainers }) => SharedContainers.some((other) => sameId(other, system)));
}

function respond(envelope: object): { hresult: number; response: string } {
  return { hresult: 0, response: JSON.stringify(envelope) };
}
