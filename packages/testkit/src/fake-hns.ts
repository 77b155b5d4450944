import { createHash } from "node:crypto";
import { formatIPv4, HCN, parseIPv4, parseIPv4Subnet, type RawNetwork, subnetContains, subnetsOverlap } from "@oriel/contracts";

type Document = Readonly<Record<string, unknown>>;
type HnsObject = Document & { readonly ID: string };

/** What happens to a call: it fails before or after its work is done, or waits for the promise before or after it. */
export interface FakeHnsFault {
  readonly before?: (() => Promise<void> | void) | undefined;
  readonly after?: (() => Promise<void> | void) | undefined;
}

export interface FakeHns extends RawNetwork {
  /** Every call: `POST /networks/`, with its document. */
  readonly calls: readonly { readonly call: string; readonly document: Document | undefined }[];
  readonly networks: readonly HnsObject[];
  readonly endpoints: readonly HnsObject[];
  /** Puts an object there that another program made. */
  put(kind: "networks" | "endpoints", object: HnsObject): void;
  /** Removes an object as another program would. */
  lose(kind: "networks" | "endpoints", id: string): void;
  /** Gives an endpoint to a compute system; false where there is none of this id. */
  attach(id: string, system: string): boolean;
  /** Takes endpoints from a compute system: this one, or all. */
  detach(system: string, id?: string): void;
  /** The next call that begins so has this fault; an error that it throws is thrown by the call. Faults queue up. */
  fault(call: string, fault: FakeHnsFault): void;
  /** The next call that begins so is refused. */
  refuse(call: string, code: number, text: string): void;
}

class Refusal extends Error {
  readonly code: number | undefined;
  constructor(code: number | undefined, text: string) {
    super(text);
    this.code = code;
  }
}

const noSuchObject = "The object identifier does not represent a valid object. ";
const types = ["nat", "ics", "internal", "private", "transparent", "l2bridge", "l2tunnel", "overlay"];
const withoutSubnet = ["transparent", "l2bridge", "l2tunnel", "overlay"];

/** A host network service in memory that keeps documents: nothing of it is on the host. */
export function fakeHns(): FakeHns {
  const state: { networks: readonly HnsObject[]; endpoints: readonly HnsObject[] } = { networks: [], endpoints: [] };
  const calls: { readonly call: string; readonly document: Document | undefined }[] = [];
  const faults: { readonly call: string; readonly fault: FakeHnsFault }[] = [];
  let made = 0;
  const newGuid = (): string => {
    made += 1;
    const hex = createHash("sha256").update(`${made}`).digest("hex").toUpperCase();
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
  };

  const makeNetwork = (given: Document): HnsObject => {
    if (!types.includes(String(given.Type).toLowerCase())) throw new Refusal(0x803b000b, "Invalid network type. ");
    const ID = newGuid();
    const Name = String(given.Name ?? "") || ID;
    if (state.networks.some((other) => String(other.Name).toLowerCase() === Name.toLowerCase())) {
      throw new Refusal(0x803b0010, "The network already exists. ");
    }
    const asked = Array.isArray(given.Subnets) ? (given.Subnets as readonly Document[]) : [];
    const subnets = asked.map(({ AddressPrefix, GatewayAddress }) => {
      const subnet = parseIPv4Subnet(String(AddressPrefix));
      if (subnet === undefined) throw new Refusal(HCN.INVALID_IP, "The IP address is invalid. ");
      return { AddressPrefix, GatewayAddress: GatewayAddress || formatIPv4(subnet.first + 1) };
    });
    if (subnets.length === 0 && !withoutSubnet.includes(String(given.Type).toLowerCase())) subnets.push(freeSubnet());
    const network = { Policies: [], ...given, ID, Name, Subnets: subnets, State: 1 };
    state.networks = [...state.networks, network];
    return network;
  };
  const freeSubnet = () => {
    const taken = state.networks.flatMap(({ Subnets }) =>
      (Subnets as readonly Document[]).flatMap(({ AddressPrefix }) => parseIPv4Subnet(String(AddressPrefix)) ?? []),
    );
    for (let at = 16; ; at += 1) {
      const subnet = parseIPv4Subnet(`172.${at}.0.0/20`);
      if (subnet !== undefined && !taken.some((other) => subnetsOverlap(other, subnet))) {
        return { AddressPrefix: `172.${at}.0.0/20`, GatewayAddress: `172.${at}.0.1` };
      }
    }
  };

  const makeEndpoint = (given: Document): HnsObject => {
    const network = byId(state.networks, String(given.VirtualNetwork));
    if (network === undefined) throw new Refusal(HCN.NETWORK_NOT_FOUND, noSuchObject);
    const siblings = state.endpoints.filter(({ VirtualNetwork }) => VirtualNetwork === network.ID);
    const Policies = publish(given.Policies, state.endpoints);
    const ID = newGuid();
    const mac = made
      .toString(16)
      .toUpperCase()
      .padStart(6, "0")
      .replaceAll(/..(?!$)/g, "$&-");
    const endpoint = {
      Name: "Ethernet",
      MacAddress: `00-15-5D-${mac}`,
      ...given,
      ...freeAddress(String(given.IPAddress ?? ""), network, siblings),
      ID,
      VirtualNetwork: network.ID,
      VirtualNetworkName: network.Name,
      Policies,
      SharedContainers: [],
    };
    state.endpoints = [...state.endpoints, endpoint];
    return endpoint;
  };

  const serve = (method: string, path: string, object: string): unknown => {
    const [collection = "", id = ""] = path.split("/").filter((part) => part !== "");
    if (collection === "globals") return { Major: 9, Minor: 2 };
    if (collection !== "networks" && collection !== "endpoints") throw new Refusal(0x803b0015, "The request is not supported. ");
    if (id === "") return method === "GET" ? state[collection] : (collection === "networks" ? makeNetwork : makeEndpoint)(parse(object));
    const found = byId(state[collection], id);
    if (found === undefined) throw new Refusal(collection === "networks" ? HCN.NETWORK_NOT_FOUND : HCN.ENDPOINT_NOT_FOUND, noSuchObject);
    if (method === "GET") return found;
    if (method === "POST") {
      const changed = { ...found, ...parse(object), ID: found.ID };
      state[collection] = state[collection].map((other) => (other === found ? changed : other));
      return changed;
    }
    if (collection === "networks" && state.endpoints.some(({ VirtualNetwork }) => VirtualNetwork === found.ID)) {
      throw new Refusal(HCN.ENTITY_HAS_REFERENCES, "The specified entity cannot be removed while it still has references. ");
    }
    state[collection] = state[collection].filter((other) => other !== found);
    return undefined;
  };

  return {
    calls,
    get networks() {
      return state.networks;
    },
    get endpoints() {
      return state.endpoints;
    },
    put(kind, object) {
      state[kind] = [...state[kind], object];
    },
    lose(kind, id) {
      state[kind] = state[kind].filter((found) => found.ID !== id);
    },
    attach(id, system) {
      const found = byId(state.endpoints, id);
      if (found === undefined) return false;
      state.endpoints = state.endpoints.map((other) => (other === found ? { ...found, SharedContainers: [system] } : other));
      return true;
    },
    detach(system, id) {
      const isConcerned = ({ ID, SharedContainers }: HnsObject): boolean =>
        (id === undefined || ID.toLowerCase() === id.toLowerCase()) &&
        (SharedContainers as readonly string[] | undefined)?.includes(system) === true;
      state.endpoints = state.endpoints.map((endpoint) => (isConcerned(endpoint) ? { ...endpoint, SharedContainers: [] } : endpoint));
    },
    fault: (call, fault) => void faults.push({ call, fault }),
    refuse(call, code, text) {
      const before = () => {
        throw new Refusal(code, text);
      };
      faults.push({ call, fault: { before } });
    },
    async HNSCall(method, path, object) {
      const call = `${method} ${path}`;
      calls.push({ call, document: object === "" ? undefined : readable(object) });
      const at = faults.findIndex((planned) => call.startsWith(planned.call));
      const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.fault;
      try {
        await fault?.before?.();
        const output = serve(method, path, object);
        await fault?.after?.();
        return envelope(output === undefined ? { Success: true } : { Success: true, Output: output });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return envelope({ Success: false, Error: error.message, ErrorCode: error.code });
      }
    },
  };
}

function envelope(content: object): { readonly hresult: number; readonly response: string } {
  return { hresult: 0, response: JSON.stringify(content) };
}

function byId(objects: readonly HnsObject[], id: string): HnsObject | undefined {
  return objects.find(({ ID }) => ID.toLowerCase() === id.toLowerCase());
}

function readable(object: string): Document | undefined {
  try {
    return JSON.parse(object) as Document;
  } catch {
    return undefined;
  }
}

function parse(object: string): Document {
  const value: unknown = object === "" ? {} : readable(object);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refusal(0x803b001b, "The JSON document is invalid. ");
  return value as Document;
}

function freeAddress(asked: string, network: HnsObject, siblings: readonly HnsObject[]) {
  const subnets = network.Subnets as readonly { readonly AddressPrefix: string; readonly GatewayAddress: string }[];
  const used = new Set([...siblings.map(({ IPAddress }) => IPAddress), ...subnets.map(({ GatewayAddress }) => GatewayAddress)]);
  for (const { AddressPrefix, GatewayAddress } of subnets) {
    const subnet = parseIPv4Subnet(AddressPrefix);
    if (subnet === undefined) continue;
    const wanted = parseIPv4(asked);
    const found = { GatewayAddress, PrefixLength: subnet.prefixLength };
    if (asked !== "") {
      if (wanted !== undefined && subnetContains(subnet, wanted) && !used.has(asked)) return { ...found, IPAddress: asked };
      continue;
    }
    for (let at = subnet.first + 1; at < subnet.last; at += 1) {
      if (!used.has(formatIPv4(at))) return { ...found, IPAddress: formatIPv4(at) };
    }
  }
  if (subnets.length === 0) return { GatewayAddress: "", PrefixLength: 0, IPAddress: asked };
  throw new Refusal(HCN.INVALID_IP, "The IP address is invalid, or in use. ");
}

function publish(value: unknown, others: readonly HnsObject[]): readonly Document[] {
  const keyOf = ({ Protocol, ExternalPort, ExternalAddress = "" }: Document): string => `${Protocol} ${ExternalAddress}:${ExternalPort}`;
  const taken = new Set(others.flatMap(({ Policies }) => (Policies as readonly Document[]).filter(isNat).map(keyOf)));
  if (value !== undefined && !Array.isArray(value)) throw new Refusal(0x803b001b, "The JSON document is invalid. ");
  return ((value ?? []) as readonly Document[]).map((policy) => {
    if (typeof policy.Type !== "string" || Number(policy.ExternalPort ?? 0) > 65_535) throw new Refusal(0x803b000d, "Invalid policy. ");
    if (!isNat(policy)) return policy;
    let resolved = policy;
    for (let port = 49_152; !resolved.ExternalPort; port += 1) {
      if (!taken.has(keyOf({ ...policy, ExternalPort: port }))) resolved = { ...policy, ExternalPort: port };
    }
    if (taken.has(keyOf(resolved))) throw new Refusal(HCN.PORT_ALREADY_EXISTS, "The specified port already exists. ");
    taken.add(keyOf(resolved));
    return resolved;
  });
}

function isNat({ Type }: Document): boolean {
  return Type === "NAT";
}
