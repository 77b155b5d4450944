import { isDeepStrictEqual } from "node:util";
import type { NetworkRecord } from "@oriel/contracts";
import type { HnsNetwork } from "../hns/hns-documents.ts";
import type { NetworkContext } from "../network-context.ts";
import { driverOf } from "../options/drivers.ts";
import { readNetworkOptions } from "../options/network-options.ts";
import { adoptedNetwork, newId, noneNetwork, subnetsOf } from "../state/network-record.ts";
import { createOnHost } from "./network-on-host.ts";

/**
 * Makes the list of networks that of the host, as dockerd does when it starts: networks that are gone there go here too, those of others
 * are taken over by their names, and the first `nat` network is "nat", which is made where there is none.
 *
 * @throws what the host network service says
 */
export async function adoptNetworks(context: NetworkContext): Promise<void> {
  const { store, now } = context;
  if (!store.networks().some(({ driver }) => driver === "null")) store.saveNetwork(noneNetwork(now()));
  const found = await context.hns.networks();
  for (const network of store.networks()) forgetGone(context, network, found);
  const halfMade = new Set(
    context.journal.list("network").flatMap(({ id, data }) => (store.network(id) === undefined ? [data.hnsName] : [])),
  );
  for (const network of found) {
    if (!halfMade.has(network.Name)) adopt(context, network);
  }
  if (!hasNat(context)) await makeNat(context, found);
}

function forgetGone({ store, journal, logger }: NetworkContext, network: NetworkRecord, found: readonly HnsNetwork[]): void {
  const { id, name, hnsId } = network;
  if (hnsId === undefined) return;
  const there = found.find(({ ID }) => ID.toLowerCase() === hnsId.toLowerCase());
  if (there !== undefined) {
    const subnets = subnetsOf(there, network.ipam.subnets);
    if (!isDeepStrictEqual(subnets, network.ipam.subnets)) store.saveNetwork({ ...network, ipam: { ...network.ipam, subnets } });
    return;
  }
  logger.warn({ network: name, id, hnsId }, `network ${name} is gone from the host network service, and is removed`);
  for (const endpoint of [...store.endpoints()].filter(({ networkId }) => networkId === id)) {
    store.removeEndpoint(endpoint.id);
    journal.clear("endpoint", endpoint.id);
  }
  store.removeNetwork(id);
  journal.clear("network", id);
}

function adopt(context: NetworkContext, found: HnsNetwork): void {
  const { store, logger, now } = context;
  if (store.networks().some(({ hnsId }) => hnsId?.toLowerCase() === found.ID.toLowerCase())) return;
  const type = (found.Type ?? "").toLowerCase();
  if (driverOf(type)?.isAdoptable !== true) return;
  const name = type === "nat" && !hasNat(context) ? "nat" : (found.Name ?? "");
  if (name === "" || store.networks().some((other) => other.name === name)) {
    logger.warn({ network: name, hnsId: found.ID }, `network "${name}" of the host network service is left alone: its name is taken`);
    return;
  }
  store.saveNetwork(adoptedNetwork(found, name, now()));
}

function hasNat({ store }: NetworkContext): boolean {
  return store.networks().some(({ name }) => name === "nat");
}

async function makeNat(context: NetworkContext, found: readonly HnsNetwork[]): Promise<void> {
  const id = newId();
  const options = readNetworkOptions({ "com.docker.network.windowsshim.networkname": "nat" });
  const made = await createOnHost(context, { id, driver: "nat", internal: false, subnets: [], options }, found);
  const network = { ...adoptedNetwork(made, "nat", context.now()), id, isAdopted: false };
  context.store.saveNetwork(network);
}
