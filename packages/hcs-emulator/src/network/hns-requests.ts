import { randomUUID } from "node:crypto";
import { HNS, HnsFailure } from "./hns-failure.ts";
import { byId, EndpointState, type HnsEndpoint, type HnsObject, type HnsState, sameId } from "./hns-objects.ts";
import { changeEndpoint, makeEndpoint } from "./make-endpoint.ts";
import { makeNetwork } from "./make-network.ts";

type Given = Readonly<Record<string, unknown>>;
/** What a request does: the state after it, and the `Output` of its answer. */
export interface Done {
  readonly state: HnsState;
  readonly answer?: unknown;
}

/** Does a request of a caller; `seed` is where the search for a subnet begins. @throws HnsFailure for what the service refuses */
export function request(state: HnsState, seed: number, method: string, path: string, object: string): Done {
  const [collection = "", id = "", action = ""] = path.split("/").filter((part) => part !== "");
  if (collection === "globals" && id === "version" && method === "GET") return { state, answer: { Major: 9, Minor: 2 } };
  const given = method === "POST" ? parse(object) : {};
  if (collection === "networks") return onNetworks(state, seed, method, id, given);
  if (collection === "endpoints") return onEndpoints(state, method, id, action, given);
  if (collection === "policylists") return onObjects(state, "policyLists", method, id, given);
  if (collection === "namespaces")
    return action === "" ? onObjects(state, "namespaces", method, id, given) : onResources(state, id, action, given);
  throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
}

/** @throws HnsFailure for what is no document */
export function parse(object: string): Given {
  if (object === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(object);
  } catch {
    throw new HnsFailure(HNS.INVALID_JSON);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new HnsFailure(HNS.INVALID_JSON);
  return value as Given;
}

function onNetworks(state: HnsState, seed: number, method: string, id: string, given: Given): Done {
  const shown = (network: HnsObject) => ({ ...network, CurrentEndpointCount: endpointsOf(state, network.ID).length });
  if (id === "") {
    if (method === "GET") return { state, answer: state.networks.map(shown) };
    if (method !== "POST") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
    const made = makeNetwork(given, state, seed);
    return { state: { ...state, networks: [...state.networks, made] }, answer: made };
  }
  const network = byId(state.networks, id);
  if (network === undefined) throw new HnsFailure(HNS.NETWORK_NOT_FOUND);
  if (method === "GET") return { state, answer: shown(network) };
  if (method === "POST") {
    const changed = { ...network, ...given, ID: network.ID, Name: network.Name, Type: network.Type, Subnets: network.Subnets };
    return { state: { ...state, networks: replaced(state.networks, network, changed) }, answer: changed };
  }
  if (method !== "DELETE") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
  if (endpointsOf(state, id).length > 0) throw new HnsFailure(HNS.ENTITY_HAS_REFERENCES);
  return { state: { ...state, networks: state.networks.filter((other) => other !== network) } };
}

function onEndpoints(state: HnsState, method: string, id: string, action: string, given: Given): Done {
  if (id === "") {
    if (method === "GET") return { state, answer: state.endpoints };
    if (method !== "POST") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
    const made = makeEndpoint(given, state);
    return { state: { ...state, endpoints: [...state.endpoints, made] }, answer: made };
  }
  const endpoint = requireEndpoint(state, id);
  if (action === "attach" && method === "POST") return attach(state, id, String(given.ContainerId ?? ""), true);
  if (action === "detach" && method === "POST") {
    if (endpoint.SharedContainers.length === 0) throw new HnsFailure(HNS.ENDPOINT_NOT_ATTACHED);
    return detach(state, typeof given.ContainerId === "string" ? given.ContainerId : undefined, id);
  }
  if (action !== "") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
  if (method === "GET") return { state, answer: endpoint };
  if (method === "POST") {
    const changed = changeEndpoint(endpoint, given, state);
    return { state: { ...state, endpoints: replaced(state.endpoints, endpoint, changed) }, answer: changed };
  }
  if (method !== "DELETE") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
  return { state: { ...state, endpoints: state.endpoints.filter((other) => other !== endpoint) } };
}

/** Objects that are kept as they were given. */
function onObjects(state: HnsState, kind: "policyLists" | "namespaces", method: string, id: string, given: Given): Done {
  const objects = state[kind];
  if (id === "") {
    if (method === "GET") return { state, answer: objects };
    if (method !== "POST") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
    const made: HnsObject = { ...given, ID: randomUUID().toUpperCase() };
    return { state: { ...state, [kind]: [...objects, made] }, answer: made };
  }
  const found = byId(objects, id);
  if (found === undefined) throw new HnsFailure(HNS.ENDPOINT_NOT_FOUND);
  if (method === "GET") return { state, answer: found };
  if (method !== "DELETE") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
  return { state: { ...state, [kind]: objects.filter((other) => other !== found) } };
}

/** Members of a namespace: `{"Type":"Endpoint","Data":{"Id":…}}`. */
function onResources(state: HnsState, id: string, action: string, given: Given): Done {
  const found = byId(state.namespaces, id);
  if (found === undefined) throw new HnsFailure(HNS.ENDPOINT_NOT_FOUND);
  const before: readonly unknown[] = Array.isArray(found.ResourceList) ? found.ResourceList : [];
  const others = before.filter((resource) => JSON.stringify(resource) !== JSON.stringify(given));
  if (action !== "addresource" && action !== "removeresource") throw new HnsFailure(HNS.REQUEST_UNSUPPORTED);
  const changed = { ...found, ResourceList: action === "addresource" ? [...others, given] : others };
  return { state: { ...state, namespaces: replaced(state.namespaces, found, changed) }, answer: changed };
}

export function attach(state: HnsState, id: string, system: string, sharing: boolean): Done {
  const endpoint = requireEndpoint(state, id);
  const others = endpoint.SharedContainers.filter((other) => !sameId(other, system));
  if (others.length > 0 && !sharing) throw new HnsFailure(HNS.ENDPOINT_ALREADY_ATTACHED);
  const changed = withContainers(endpoint, [...others, system]);
  return { state: { ...state, endpoints: replaced(state.endpoints, endpoint, changed) }, answer: changed };
}

export function detach(state: HnsState, system: string | undefined, id: string | undefined): Done {
  const concerned = (endpoint: HnsEndpoint): boolean =>
    (id === undefined || sameId(endpoint.ID, id)) &&
    (system === undefined || endpoint.SharedContainers.some((other) => sameId(other, system)));
  if (!state.endpoints.some(concerned)) return { state };
  const endpoints = state.endpoints.map((endpoint) =>
    concerned(endpoint)
      ? withContainers(endpoint, system === undefined ? [] : endpoint.SharedContainers.filter((other) => !sameId(other, system)))
      : endpoint,
  );
  return { state: { ...state, endpoints } };
}

function withContainers(endpoint: HnsEndpoint, containers: readonly string[]): HnsEndpoint {
  const states = [EndpointState.Created, EndpointState.Attached, EndpointState.AttachedSharing];
  return { ...endpoint, SharedContainers: containers, State: states[Math.min(containers.length, 2)] };
}

function endpointsOf(state: HnsState, network: string): readonly HnsEndpoint[] {
  return state.endpoints.filter((endpoint) => sameId(endpoint.VirtualNetwork, network));
}

export function requireEndpoint(state: HnsState, id: string): HnsEndpoint {
  const found = byId(state.endpoints, id);
  if (found === undefined) throw new HnsFailure(HNS.ENDPOINT_NOT_FOUND);
  return found;
}

function replaced<Found extends HnsObject>(objects: readonly Found[], before: Found, after: Found): Found[] {
  return objects.map((object) => (object === before ? after : object));
}
