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
/** Each in a process of its own, side by side. */
const suites = ["windowsfilter", "storage", "snapshotter"];

interface ContractRun extends NodeRun {
  readonly cases: readonly CaseResult[];
  readonly done: boolean;
}

async function runContract(suite: string, rig: WineRig): Promise<ContractRun> {
  const results = path.join(rig.folder, "results.jsonl");
  const bundle = await bundleForWine(rig, fileURLToPath(new URL("../src/windows/storage-contract-main.ts", import.meta.url)));
  const ended = await runInWine(rig, bundle, [rig.dll, windowsPath(results), suite], {
    deadline: 600_000,
    // Wine cannot name a file whose name the locale has no letters for.
    env: { LC_ALL: "C.UTF-8" },
  });
  const text = await readFile(results, "utf8").catch(() => "");
  const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as CaseResult | { readonly done: true }]));
  return { ...ended, cases: lines.filter((line) => "title" in line), done: lines.some((line) => "done" in line) };
}

// The suites run while this file is read: their cases are the tests.
const runs: { readonly suite: string; readonly rig: WineRig; readonly run: Promise<ContractRun> }[] = [];
for (const suite of noWine === undefined ? suites : []) {
  const rig = await makeWineRig();
  runs.push({ suite, rig, run: runContract(suite, rig) });
}
const contracts = await Promise.all(runs.map(({ run }) => run));
afterAll(() => Promise.all(runs.map(({ rig }) => rig.remove())));

describe.skipIf(noWine !== undefined)(`storage in a Windows Node.js under Wine${reason}`, () => {
  it("runs the conformance suites to their end, and ends by itself", () => {
    expect(contracts).toMatchObject(suites.map(() => ({ code: 0, done: true })));
    expect(contracts.every(({ cases }) => cases.length > 0)).toBe(true);
  });

  for (const { title, error } of contracts.flatMap(({ cases }) => cases)) it(title, () => expect(error).toBeUndefined());
});
