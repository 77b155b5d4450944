import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import {
  bundleForWine,
  makeWineRig,
  type NodeRun,
  runInWine,
  type WineRig,
  whyNoWine,
  windowsPath,
} from "../../packages/hcs-bindings/wine/harness.ts";
import type { CaseResult } from "../../packages/hcs-bindings/wine/vitest-stand-in.ts";

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;
const rig: WineRig | undefined = noWine === undefined ? await makeWineRig() : undefined;
afterAll(() => rig?.remove());

interface ContractRun extends NodeRun {
  readonly cases: readonly CaseResult[];
  readonly done: boolean;
}

async function runContracts(at: WineRig): Promise<ContractRun> {
  const results = path.join(at.folder, "storage-contract.jsonl");
  const bundle = await bundleForWine(at, fileURLToPath(new URL("../src/windows/storage-contract-main.ts", import.meta.url)));
  const ended = await runInWine(at, bundle, [at.dll, windowsPath(results)], {
    deadline: 600_000,
    // Wine cannot name a file whose name the locale has no letters for.
    env: { LC_ALL: "C.UTF-8" },
  });
  const text = await readFile(results, "utf8").catch(() => "");
  const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as CaseResult | { readonly done: true }]));
  return { ...ended, cases: lines.filter((line) => "title" in line), done: lines.some((line) => "done" in line) };
}

// The suites run while this file is read: their cases are the tests.
const contracts = rig === undefined ? undefined : await runContracts(rig);

describe.skipIf(noWine !== undefined)(`storage in a Windows Node.js under Wine${reason}`, () => {
  it("runs the conformance suites to their end, and ends by itself", () => {
    expect(contracts).toMatchObject({ code: 0, done: true });
  });

  for (const { title, error } of contracts?.cases ?? []) it(title, () => expect(error).toBeUndefined());
});
