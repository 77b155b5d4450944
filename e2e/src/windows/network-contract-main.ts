/** Runs in node.exe: the conformance suite of network backends, over the host network service of the DLL that is given. */
import { appendFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { memoryJournal, networkBackendContract } from "@oriel/testkit";
import { createWindowsHcs } from "../../../packages/hcs-bindings/src/index.ts";
import { runTests } from "../../../packages/hcs-bindings/wine/vitest-stand-in.ts";
import { HnsNetworkBackend } from "../../../packages/networks/src/index.ts";

const [dll = "", , results = ""] = process.argv.slice(2);
const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await raw.start();

async function idsOf(collection: string): Promise<string[]> {
  const { response } = await raw.network.HNSCall("GET", `/${collection}/`, "");
  return (JSON.parse(response ?? "").Output as { readonly ID: string }[]).map(({ ID }) => ID).toSorted();
}

const start = async () => {
  const folder = await mkdtemp("C:\\oriel-networks-");
  const options = { raw, journal: memoryJournal(), file: path.join(folder, "networks.db") };
  let backend = new HnsNetworkBackend(options);
  await backend.open();
  return {
    backend,
    onHost: async () => ({ networks: await idsOf("networks"), endpoints: await idsOf("endpoints") }),
    async reopen() {
      await backend.close();
      backend = new HnsNetworkBackend(options);
      await backend.open();
      return backend;
    },
    async dispose() {
      await backend.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
networkBackendContract("over the test DLL", start, { hostAddresses: false });

// A line for each test at once: what hangs later does not take them away.
await runTests(120_000, (result) => appendFileSync(results, `${JSON.stringify(result)}\n`));
appendFileSync(results, `${JSON.stringify({ done: true })}\n`);
await raw.close();
process.exit(0);
