import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { RawHcs } from "@oriel/contracts";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { fakeHns, memoryJournal, type NetworkBackendFixture, networkBackendContract } from "@oriel/testkit";
import { afterAll } from "vitest";
import { HnsNetworkBackend } from "../src/index.ts";
import { temporaryFolder } from "./support.ts";

/** The backend over a host network service, and over the same after the process that used it ended. */
async function fixtureOver(raw: Pick<RawHcs, "provider" | "network">, folder: string): Promise<NetworkBackendFixture> {
  const journal = memoryJournal();
  const file = path.join(folder, "networks.db");
  let backend = new HnsNetworkBackend({ raw, journal, file });
  await backend.open();
  const idsOf = async (collection: string): Promise<string[]> => {
    const { response } = await raw.network.HNSCall("GET", `/${collection}/`, "");
    return (JSON.parse(response ?? "").Output as { ID: string }[]).map(({ ID }) => ID);
  };
  return {
    backend,
    onHost: async () => ({ networks: await idsOf("networks"), endpoints: await idsOf("endpoints") }),
    async reopen() {
      await backend.close();
      backend = new HnsNetworkBackend({ raw, journal, file });
      await backend.open();
      return backend;
    },
    dispose: () => backend.close(),
  };
}

for (const provider of ["windows", "emulated"] as const) {
  const start = () => fixtureOver({ provider, network: fakeHns() }, temporaryFolder());
  networkBackendContract(`over documents in memory, as on the ${provider} host`, start, { hostAddresses: provider === "emulated" });
}

// One host for all tests, each of which leaves nothing there: starting one takes longer than most of them.
const root = mkdtempSync(path.join(os.tmpdir(), "oriel-networks-"));
const host = createEmulatedHcs({ root });
await host.start();
afterAll(async () => {
  await host.close();
  rmSync(root, { recursive: true, force: true });
});
networkBackendContract("on the emulated host", () => fixtureOver(host, temporaryFolder()), { hostAddresses: true });
