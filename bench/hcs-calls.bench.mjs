// What a call through @oriel/hcs-bindings costs beside a bare call of koffi, and how many events a second come from a foreign
// thread: in a Windows Node.js under Wine, on the test vmcompute.dll. Run: node --conditions=oriel-source bench/hcs-calls.bench.mjs
import { readFile } from "node:fs/promises";
import path from "node:path";
import { bundleForWine, makeWineRig, runInWine, whyNoWine, windowsPath } from "../packages/hcs-bindings/wine/harness.ts";

const noWine = await whyNoWine();
if (noWine !== undefined) throw new Error(noWine);
const rig = await makeWineRig();
try {
  const results = path.join(rig.folder, "results.json");
  const bundle = await bundleForWine(rig, "bench-main.ts");
  const { code, output } = await runInWine(rig, bundle, [rig.dll, rig.smokeProgram, windowsPath(results)], { deadline: 300_000 });
  if (code !== 0) throw new Error(`node.exe ended with ${code}: ${output}`);
  const { microseconds: cost, eventsPerSecond: events } = JSON.parse(await readFile(results, "utf8"));
  const row = (name, ours, peer, unit) =>
    console.log(`${name.padEnd(34)} ${show(ours)} ${unit}, bare koffi ${show(peer)} ${unit}, ratio ${(ours / peer).toFixed(2)}`);
  row("call, synchronous", cost.rawSync, cost.bareSync, "µs");
  row("call on a thread, one after another", cost.rawAsync, cost.bareAsync, "µs");
  row("call on a thread, 50 at once", cost.rawAsyncAtOnce, cost.bareAsyncAtOnce, "µs");
  row("events from a foreign thread", events.notifications, events.bare, "a second");
} finally {
  await rig.remove();
}

function show(value) {
  return (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en")).padStart(8);
}
