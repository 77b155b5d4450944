import type { NetworkReconciliation } from "@oriel/contracts";
import type { EndpointMaker } from "../endpoints/endpoint-maker.ts";
import type { NetworkContext } from "../network-context.ts";
import { removeHalfMade } from "./network-on-host.ts";

/** Removes what a crash left: endpoints of containers that do not run, and what was being made or removed. */
export async function reconcileNetworks(
  context: NetworkContext,
  endpoints: EndpointMaker,
  owned: ReadonlySet<string>,
): Promise<NetworkReconciliation> {
  const { hns, store, journal, undoneLate } = context;
  const removed: string[] = [];
  const failed: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      if ((await work()) !== 0) removed.push(what);
    } catch (error) {
      failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const { id, containerId } of [...store.endpoints()]) {
    if (!owned.has(id)) await attempt(`endpoint ${id.slice(0, 12)} of container ${containerId.slice(0, 12)}`, () => endpoints.remove(id));
  }
  const halfMade = journal.list("endpoint").filter(({ id }) => store.endpoint(id) === undefined && !undoneLate.has(id));
  if (halfMade.length > 0) {
    await attempt("endpoints that were half made", async () => {
      const found = await hns.endpoints();
      let count = 0;
      for (const { id } of halfMade) {
        for (const { ID } of found.filter(({ Name }) => Name === id)) {
          await hns.deleteEndpoint(ID);
          count += 1;
        }
        journal.clear("endpoint", id);
      }
      return count;
    });
  }
  const networks = journal.list("network").filter(({ id }) => store.network(id) === undefined && !undoneLate.has(id));
  if (networks.length > 0) {
    await attempt("networks that were half made", async () => {
      const found = await hns.networks();
      let count = 0;
      for (const { id } of networks) count += await removeHalfMade(context, id, found);
      return count;
    });
  }
  return { removed, failed };
}
