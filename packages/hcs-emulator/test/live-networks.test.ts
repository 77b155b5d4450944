import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { noCounters } from "../src/host-network/link-counters.ts";
import type { LinkHost, Plug } from "../src/host-network/link-host.ts";
import { LiveNetworks } from "../src/host-network/live-networks.ts";
import { networkNames } from "../src/host-network/network-names.ts";
import type { HnsEndpoint, HnsNetwork, HnsState } from "../src/network/hns-objects.ts";

const names = networkNames("/root-of-a-daemon");
const network: HnsNetwork = { ID: "N1", Name: "one", Type: "nat", Subnets: [], MacPools: [] };

function endpoint(ID: string, ...systems: readonly string[]): HnsEndpoint {
  return { ID, VirtualNetwork: "N1", IPAddress: "10.0.0.2", MacAddress: "", Policies: [], SharedContainers: systems };
}

/** A host that keeps what is made in memory, refuses a name space that there is, and whose removal of one can be held up. */
class HostInMemory implements LinkHost {
  readonly lacks = [];
  readonly before = [];
  readonly spaces = new Set<string>();
  /** Removals wait for it. */
  removalsMayGoOn: Promise<void> = Promise.resolve();
  /** Ids of endpoints whose link is made, and whose address is refused. */
  readonly refused = new Set<string>();
  /** Ids of the endpoints that have a link, in whatever name space. */
  readonly linked = new Set<string>();

  async removeAll(): Promise<void> {}
  async openNetwork(): Promise<void> {}
  async closeNetwork(): Promise<void> {}
  async openSpace(name: string, plugs: readonly Plug[]): Promise<readonly string[]> {
    if (this.spaces.has(name)) throw new Error(`${name}: File exists`);
    this.spaces.add(name);
    for (const plug of plugs) await this.plug(name, plug);
    return this.enter(name);
  }
  async adoptSpace(name: string, _: number, plugs: readonly Plug[]): Promise<void> {
    await this.openSpace(name, plugs);
  }
  async plug(_: string, { endpoint }: Plug): Promise<void> {
    this.linked.add(endpoint.ID);
    if (this.refused.has(endpoint.ID)) throw new Error(`${endpoint.ID}: no address`);
  }
  async republish(): Promise<void> {}
  async unplug({ ID }: HnsEndpoint): Promise<void> {
    this.linked.delete(ID);
  }
  async closeSpace(name: string, endpoints: readonly HnsEndpoint[]): Promise<void> {
    await this.removalsMayGoOn;
    for (const { ID } of endpoints) this.linked.delete(ID);
    if (!this.spaces.delete(name)) throw new Error(`${name}: no such name space`);
  }
  enter(space: string): readonly string[] {
    return [space];
  }
  async counters(endpoints: readonly HnsEndpoint[]) {
    return endpoints.map(() => noCounters);
  }
}

function open() {
  const host = new HostInMemory();
  const warnings: string[] = [];
  let state: HnsState = { networks: [network], endpoints: [], policyLists: [], namespaces: [] };
  const live = new LiveNetworks({ names, host: async () => host, state: async () => state, warn: (message) => warnings.push(message) });
  const change = async (...endpoints: readonly HnsEndpoint[]): Promise<void> => {
    const before = state;
    state = { ...state, endpoints };
    await live.apply(before, state);
  };
  return { host, live, change, warnings };
}

describe("networks of an emulated host", () => {
  it("a system that starts again while others share its former name space gets another one", async () => {
    const { host, live, warnings } = open();
    const [first] = (await live.join("web", "")) ?? [];
    expect(await live.join("sidecar", "web")).toEqual([first]);
    live.leave("web");
    const [second] = (await live.join("web", "")) ?? [];
    expect(second).not.toBe(first);
    expect([...host.spaces].sort()).toEqual([first, second].sort());
    live.leave("sidecar");
    live.leave("web");
    await live.close();
    expect([...host.spaces]).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("the removal of an endpoint returns when the name space of the system that ended with it is gone", async () => {
    const { host, live, change } = open();
    await change(endpoint("E1", "web"));
    await live.join("web", "");
    expect([...host.linked]).toEqual(["E1"]);
    let goOn = (): void => undefined;
    host.removalsMayGoOn = new Promise((resolve) => {
      goOn = resolve;
    });
    live.leave("web");
    let isRemoved = false;
    const removal = change().then(() => {
      isRemoved = true;
    });
    await nextTurn();
    expect([isRemoved, [...host.linked]]).toEqual([false, ["E1"]]);
    goOn();
    await removal;
    expect([...host.linked]).toEqual([]);
    await live.close();
  });

  it("an endpoint that cannot be given whole to a running system leaves no link in it, and those behind it can be given later", async () => {
    const { host, live, change } = open();
    await live.join("web", "");
    host.refused.add("E1");
    await expect(change(endpoint("E1", "web"), endpoint("E2", "web"))).rejects.toThrow("E1: no address");
    expect([...host.linked]).toEqual([]);
    host.refused.clear();
    await change(endpoint("E2", "web"));
    expect([...host.linked]).toEqual(["E2"]);
    live.leave("web");
    await live.close();
  });
});
