import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForWine, type NodeRun, runInWine, type WineRig, windowsPath } from "../../../packages/hcs-bindings/wine/harness.ts";
import type { CaseResult } from "../../../packages/hcs-bindings/wine/vitest-stand-in.ts";

/** What became of the tests of one module in node.exe. */
export interface SuitesRun extends NodeRun {
  readonly cases: readonly CaseResult[];
  /** Whether it came to its end. */
  readonly done: boolean;
}

/** Runs a module of this folder that tells of each of its tests in the file that it is given last. */
export async function runSuites(at: WineRig, module: string, deadline: number): Promise<SuitesRun> {
  const results = path.join(at.folder, `${path.basename(module, ".ts")}.jsonl`);
  const bundle = await bundleForWine(at, fileURLToPath(new URL(module, import.meta.url)));
  const ended = await runInWine(at, bundle, [at.dll, at.smokeProgram, windowsPath(results)], {
    deadline,
    // Wine cannot name a file whose name the locale has no letters for.
    env: { LC_ALL: "C.UTF-8" },
  });
  const text = await readFile(results, "utf8").catch(() => "");
  const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as CaseResult | { readonly done: true }]));
  return { ...ended, cases: lines.filter((line) => "title" in line), done: lines.some((line) => "done" in line) };
}
