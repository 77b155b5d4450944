import path from "node:path";
import type { ResourceJournal, ResourceKind } from "@oriel/contracts";
import { endpointRequest, type FakeHns, fakeHns, memoryJournal } from "@oriel/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { HnsNetworkBackend } from "../src/hns-network-backend.ts";
import { temporaryFolder } from "./support.ts";

/** The process ends: nothing that it would do after this happens. */
class Killed extends Error {}

/** A host whose process ends at the n-th step: before or after a call of the service, or of the journal. */
function killable() {
  const hns = fakeHns();
  const journal = memoryJournal();
  const root = temporaryFolder();
  let steps = 0;
  let killAt = Number.POSITIVE_INFINITY;
  let dead = false;
  const step = (): void => {
    if (dead) throw new Killed();
    steps += 1;
    if (steps > killAt) {
      dead = true;
      throw new Killed();
    }
  };
  const dyingJournal: ResourceJournal = {
    record(kind: ResourceKind, id, data) {
      step();
      journal.record(kind, id, data);
      step();
    },
    clear(kind, id) {
      step();
      journal.clear(kind, id);
      step();
    },
    list: (kind) => journal.list(kind),
  };
  const network = {
    HNSCall: async (...call: Parameters<FakeHns["HNSCall"]>) => {
      step();
      const answer = await hns.HNSCall(...call);
      step();
      return answer;
    },
  };
  const file = path.join(root, "networks.db");
  return {
    hns,
    journal,
    /** The process that may die, after so many steps from now. */
    async dying(work: (backend: HnsNetworkBackend) => Promise<unknown>, after: number): Promise<boolean> {
      const backend = new HnsNetworkBackend({ raw: { provider: "windows", network }, journal: dyingJournal, file });
      await backend.open();
      steps = 0;
      killAt = after;
      await work(backend).catch((error: unknown) => {
        if (!dead) throw error;
      });
      await backend.close();
      killAt = Number.POSITIVE_INFINITY;
      const died = dead;
      dead = false;
      return died;
    },
    async next(): Promise<HnsNetworkBackend> {
      const backend = new HnsNetworkBackend({ raw: { provider: "windows", network: hns }, journal, file });
      await backend.open();
      onTestFinished(() => backend.close());
      return backend;
    },
  };
}

describe("after the process ended at any step", () => {
  it("of making a network, it is there whole, or nothing of it", async () => {
    for (let after = 0; ; after += 1) {
      const host = killable();
      const died = await host.dying((backend) => backend.create({ name: "lab" }), after);
      const backend = await host.next();
      const { failed } = await backend.reconcile({ endpointIds: new Set() });
      expect(failed).toEqual([]);
      const known = backend.list().flatMap(({ hnsId }) => hnsId ?? []);
      expect({ after, ids: host.hns.networks.map(({ ID }) => ID).toSorted() }).toEqual({ after, ids: known.toSorted() });
      expect(
        host.journal
          .list()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(
        backend
          .list()
          .flatMap(({ id, hnsId }) => (hnsId ? [id] : []))
          .toSorted(),
      );
      if (backend.list().length === 2) await backend.create({ name: "lab" });
      await backend.remove("lab");
      expect(host.hns.networks).toHaveLength(1);
      if (!died) return expect(after).toBeGreaterThan(3);
    }
  });

  it("of removing a network, it is gone or can be removed", async () => {
    for (let after = 0; ; after += 1) {
      const host = killable();
      const first = await host.next();
      await first.create({ name: "lab" });
      await first.close();
      const died = await host.dying((backend) => backend.remove("lab"), after);
      const backend = await host.next();
      await backend.reconcile({ endpointIds: new Set() });
      if (backend.list().length === 3) await backend.remove("lab");
      expect({ after, networks: host.hns.networks.map(({ Name }) => Name) }).toEqual({ after, networks: ["nat"] });
      expect(host.journal.list()).toHaveLength(1);
      if (!died) return expect(after).toBeGreaterThan(2);
    }
  });

  it.each(["making", "removing"])("of %s an endpoint, reconciling leaves nothing of it, and nothing of others is touched", async (what) => {
    for (let after = 0; ; after += 1) {
      const host = killable();
      host.hns.put("networks", { ID: "THEIRS", Name: "theirs", Type: "transparent", Subnets: [] });
      host.hns.put("endpoints", { ID: "FOREIGN", Name: "Ethernet", VirtualNetwork: "THEIRS", Policies: [] });
      const work = async (backend: HnsNetworkBackend): Promise<void> => {
        const { id } = await backend.createEndpoint(endpointRequest(backend.get("nat"), "a"));
        if (what === "removing") await backend.removeEndpoint(id);
      };
      const died = await host.dying(work, after);
      const backend = await host.next();
      const { failed } = await backend.reconcile({ endpointIds: new Set() });
      expect({ after, failed, endpoints: host.hns.endpoints.map(({ ID }) => ID) }).toEqual({ after, failed: [], endpoints: ["FOREIGN"] });
      expect(host.journal.list("endpoint")).toEqual([]);
      expect(backend.endpoints()).toEqual([]);
      if (!died) return expect(after).toBeGreaterThan(what === "making" ? 3 : 7);
    }
  });
});

describe("a network with a name of its own in the service", () => {
  it("is not taken for one of others that has the name, when a crash left it half made", async () => {
    const [hns, journal, root] = [fakeHns(), memoryJournal(), temporaryFolder()];
    hns.put("networks", { ID: "THEIRS", Name: "lab", Type: "private", Subnets: [] });
    const open = async (): Promise<HnsNetworkBackend> => {
      const backend = new HnsNetworkBackend({ raw: { provider: "windows", network: hns }, journal, file: path.join(root, "networks.db") });
      await backend.open();
      onTestFinished(() => backend.close());
      return backend;
    };
    const first = await open();
    const creation = first.create({ name: "lab", options: { "com.docker.network.windowsshim.networkname": "lab" } });
    await expect(creation).rejects.toMatchObject({ code: "AlreadyExists" });
    // As if the process had ended before it cleared its entry.
    journal.record("network", "f".repeat(64), { hnsName: "lab", others: ["THEIRS"] });
    await first.close();
    const second = await open();
    expect(await second.reconcile({ endpointIds: new Set() })).toEqual({ removed: [], failed: [] });
    expect(hns.networks.map(({ ID }) => ID)).toContain("THEIRS");
    expect(journal.list("network").map(({ id }) => id)).toEqual([second.get("nat").id]);
  });
});
