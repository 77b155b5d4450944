import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeWineRig, type WineRig, whyNoWine } from "../../packages/hcs-bindings/wine/harness.ts";
import { runSuites } from "../src/windows/run-suites.ts";

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;
const rig: WineRig | undefined = noWine === undefined ? await makeWineRig() : undefined;
afterAll(() => rig?.remove());

/** Command lines of this machine that name a folder. */
async function commandLinesWith(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const line = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
    if (line.includes(folder)) found.push(line);
  }
  return found;
}

// The faults are run while this file is read: each is a test.
const faults = rig === undefined ? undefined : await runSuites(rig, "runtime-faults-main.ts", 1_200_000);
const left = rig === undefined ? [] : await commandLinesWith(path.basename(rig.folder));

describe.skipIf(noWine !== undefined)(`faults of the service, with real processes under Wine${reason}`, () => {
  it(`are all run to their end: ${faults?.cases.length ?? 0}`, () => {
    expect(faults).toMatchObject({ code: 0, done: true, output: "" });
  });

  it("leave no process behind", () => {
    expect(left).toEqual([]);
  });

  for (const { title, error } of faults?.cases ?? []) it(title, () => expect(error).toBeUndefined());
});
