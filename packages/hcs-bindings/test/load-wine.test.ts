import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bundleForWine, makeWineRig, runInWine, type WineRig, whyNoWine, windowsPath } from "../wine/harness.ts";

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;
const rig: WineRig | undefined = noWine === undefined ? await makeWineRig() : undefined;
afterAll(() => rig?.remove());

async function figures(module: string, ...args: readonly string[]): Promise<unknown> {
  if (rig === undefined) return undefined;
  const results = path.join(rig.folder, `${module}.json`);
  const bundle = await bundleForWine(rig, module);
  const ended = await runInWine(rig, bundle, [rig.dll, rig.smokeProgram, windowsPath(results), ...args], { deadline: 170_000 });
  expect(ended).toEqual({ code: 0, output: "" });
  return JSON.parse(await readFile(results, "utf8"));
}

const nothingLeft = { systems: 0, processes: 0, callbacks: 0 };

/** Of which one in ten meets a fault. The long runs, with their figures, are those of wine/soak.ts. */
const cycles = process.env.ORIEL_TEST_LONG === "1" ? 140 : 60;

describe.skipIf(noWine !== undefined)(`the bindings in a Windows Node.js under Wine${reason}`, { timeout: 180_000 }, () => {
  it("leaves no handle, system or registration behind after cycles of which one in ten met a fault", async () => {
    expect(await figures("soak-main.ts", String(cycles))).toMatchObject({
      withFault: cycles / 10,
      unexpected: [],
      liveHandles: nothingLeft,
      ownHandles: 0,
      pending: { calls: 0, registrations: 0 },
      systemsLeft: 0,
    });
  });

  it("gets every byte of many processes at once, in order, and their exit codes, while a call hangs", async () => {
    expect(await figures("load-main.ts", "12", "262144", "500")).toMatchObject({
      rightStdout: 12,
      rightStderr: 12,
      rightExitCodes: 12,
      liveHandles: nothingLeft,
    });
  });
});
