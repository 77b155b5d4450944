/** Runs in node.exe: the conformance suite of the raw compute interface against the DLL that is given. */
import { appendFileSync } from "node:fs";
import { rawComputeContract } from "@oriel/testkit";
import { createWindowsHcs } from "../src/index.ts";
import { makeTestLayers } from "./test-layers.ts";
import { runTests } from "./vitest-stand-in.ts";

const [dll = "", catProgram = "", results = ""] = process.argv.slice(2);
const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await raw.start();
const layers = await makeTestLayers(raw.layers);

rawComputeContract("test vmcompute.dll", async () => ({
  raw,
  commands: {
    printHello: 'cmd.exe /c "echo hello"',
    printOopsToStderr: "cmd.exe /c echo oops>&2",
    echoStdin: `"${catProgram}" cat`,
    runLong: "ping.exe -n 100 127.0.0.1",
    missing: "nosuch.exe",
    exitWith: (code) => `cmd.exe /c exit ${code}`,
  },
  prepare: () => layers.prepare(),
  dispose: async () => undefined,
}));

// A line for each test at once: what hangs later does not take them away.
await runTests(20_000, (result) => appendFileSync(results, `${JSON.stringify(result)}\n`));
appendFileSync(results, `${JSON.stringify({ done: true })}\n`);
await layers.remove();
await raw.close();
process.exit(0);
