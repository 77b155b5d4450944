import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  bundleForWine,
  makeWineRig,
  type NodeRun,
  runInWine,
  runProgramInWine,
  type WineRig,
  whyNoWine,
  windowsPath,
} from "../wine/harness.ts";
import type { CaseResult } from "../wine/vitest-stand-in.ts";

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;
const rig: WineRig | undefined = noWine === undefined ? await makeWineRig() : undefined;
afterAll(() => rig?.remove());

interface ContractRun extends NodeRun {
  readonly cases: readonly CaseResult[];
  readonly done: boolean;
}

async function runContract(at: WineRig): Promise<ContractRun> {
  const results = path.join(at.folder, "contract.jsonl");
  const bundle = await bundleForWine(at, "contract-main.ts");
  const ended = await runInWine(at, bundle, [at.dll, at.smokeProgram, windowsPath(results)], {
    deadline: 300_000,
    // Wine cannot name a file whose name the locale has no letters for.
    env: { LC_ALL: "C.UTF-8" },
  });
  const text = await readFile(results, "utf8").catch(() => "");
  const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as CaseResult | { readonly done: true }]));
  return { ...ended, cases: lines.filter((line) => "title" in line), done: lines.some((line) => "done" in line) };
}

// The suite runs while this file is read: its cases are the tests.
const contract = rig === undefined ? undefined : await runContract(rig);

describe.skipIf(noWine !== undefined)(`Windows Node.js under Wine${reason}`, () => {
  it("runs the whole conformance suite to its end, and ends by itself", () => {
    expect(contract).toMatchObject({ code: 0, done: true, output: "" });
  });

  for (const { title, error } of contract?.cases ?? []) it(title, () => expect(error).toBeUndefined());

  it("finds the test DLL by itself in order, from C", async () => {
    const { code, output } = rig === undefined ? { code: null, output: "" } : await runProgramInWine(rig, "smoke.exe", 60_000);
    expect(output.trimEnd().split("\r\n").at(-1)).toBe("0 failed");
    expect(output).not.toContain("FAILED");
    expect(code).toBe(0);
  });
});
