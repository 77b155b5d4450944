import { makeWineRig, whyNoWine } from "../../packages/hcs-bindings/wine/harness.ts";

/**
 * Makes what suites under Wine share, and keep with the working copy, before the first of them: compiling the test DLL takes a
 * minute on a busy machine, and three suites at once would all do it.
 */
export async function setup(): Promise<void> {
  if ((await whyNoWine()) !== undefined) return;
  const rig = await makeWineRig();
  await rig.remove();
}
