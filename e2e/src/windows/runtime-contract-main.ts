/** Runs in node.exe: the conformance suite of the container runtime, with the local one on the DLL that is given. */
import { appendFileSync } from "node:fs";
import { containerRuntimeContract, runtimeEndpoints } from "@oriel/testkit";
import { runTests } from "../../../packages/hcs-bindings/wine/vitest-stand-in.ts";
import { programsOnDll, serviceOnDll } from "./runtime-on-dll.ts";

const [dll = "", catProgram = "", results = ""] = process.argv.slice(2);
const service = await serviceOnDll(dll);
const patient = { call: 20, notification: 20, shutdown: 20, terminate: 20 };

containerRuntimeContract("local, on the test DLL", async () => {
  const { runtime, leftovers } = service.newRuntime(service.raw, patient, 1000);
  return {
    runtime,
    commands: programsOnDll(catProgram),
    prepare: service.prepare,
    prepareHyperV: service.prepareHyperV,
    endpoints: runtimeEndpoints(service.raw.network),
    leftovers: () => [
      ...leftovers(),
      ...Object.entries(service.controls.liveHandles())
        .filter(([, open]) => open !== 0)
        .map(([kind, open]) => `${open} ${kind} of the DLL`),
    ],
    dispose: async () => undefined,
  };
});

// A line for each test at once: what hangs later does not take them away.
await runTests(120_000, (result) => appendFileSync(results, `${JSON.stringify(result)}\n`));
appendFileSync(results, `${JSON.stringify({ done: true })}\n`);
await service.close();
process.exit(0);
