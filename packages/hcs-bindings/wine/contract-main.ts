/** Runs in node.exe: the conformance suites of the raw interface against the DLL that is given. */
import { appendFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import {
  hostInspectorContract,
  rawComputeContract,
  rawDocumentsContract,
  rawFilesContract,
  rawLayersContract,
  rawNetworkContract,
} from "@oriel/testkit";
import { createWindowsHcs } from "../src/index.ts";
import { createHostInspector } from "../src/windows/host-inspector.ts";
import { makeTestLayers } from "./test-layers.ts";
import { runTests } from "./vitest-stand-in.ts";

const [dll = "", catProgram = "", results = ""] = process.argv.slice(2);
const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await raw.start();
const layers = await makeTestLayers(raw.layers);
const name = "test DLL";

const containers = async () => ({
  raw,
  commands: {
    printHello: 'cmd.exe /c "echo hello"',
    printOopsToStderr: "cmd.exe /c echo oops>&2",
    echoStdin: `"${catProgram}" cat`,
    runLong: "ping.exe -n 100 127.0.0.1",
    missing: "nosuch.exe",
    exitWith: (code: number) => `cmd.exe /c exit ${code}`,
  },
  prepare: () => layers.prepare(),
  prepareIsolated: () => layers.prepareIsolated(),
  dispose: async () => undefined,
});
rawComputeContract(name, containers);
rawDocumentsContract(name, containers);

async function inFolder() {
  const folder = await mkdtemp("C:\\oriel-contract-");
  const dispose = async () => {
    // With all that the DLL keeps of the files: the file system gives their ids to others.
    await raw.layers.DestroyLayer({ flavour: 1, homeDir: "" }, folder);
    await rm(folder, { recursive: true, force: true });
  };
  return { raw, folder, dispose };
}
rawFilesContract(name, inFolder);
rawLayersContract(name, async () => ({
  ...(await inFolder()),
  // The test DLL has the content of `sandbox.vhdx` beside it.
  volumeFolder: async (scratch) => path.join(scratch, "sandbox-volume"),
}));
rawNetworkContract(name, async () => ({ raw, dispose: async () => undefined }), { keepsWhatItIsGiven: true });
hostInspectorContract("Windows", async () => ({ host: createHostInspector(raw), dispose: async () => undefined }));

// A line for each test at once: what hangs later does not take them away.
await runTests(120_000, (result) => appendFileSync(results, `${JSON.stringify(result)}\n`));
appendFileSync(results, `${JSON.stringify({ done: true })}\n`);
await layers.remove();
await raw.close();
process.exit(0);
