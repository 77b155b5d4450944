import { afterAll, describe, expect, it } from "vitest";
import { makeWineRig, type WineRig, whyNoWine } from "../../packages/hcs-bindings/wine/harness.ts";
import { runSuites } from "../src/windows/run-suites.ts";

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;
const rig: WineRig | undefined = noWine === undefined ? await makeWineRig() : undefined;
afterAll(() => rig?.remove());

// The suite runs while this file is read: its cases are the tests.
const contract = rig === undefined ? undefined : await runSuites(rig, "network-contract-main.ts", 300_000);

describe.skipIf(noWine !== undefined)(`the networks in a Windows Node.js under Wine${reason}`, () => {
  it("runs the conformance suite to its end, and ends by itself", () => {
    // Its output is the warning of Node.js that SQLite is new there.
    expect(contract).toMatchObject({ code: 0, done: true });
  });

  for (const { title, error } of contract?.cases ?? []) it(title, () => expect(error).toBeUndefined());
});
