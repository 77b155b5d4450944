/**
 * Prints the figures of the long runs under Wine: node --conditions=oriel-source packages/hcs-bindings/wine/soak.ts [cycles] [processes]
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { bundleForWine, makeWineRig, runInWine, whyNoWine, windowsPath } from "./harness.ts";

const [cycles = "10000", processes = "200"] = process.argv.slice(2);
const noWine = await whyNoWine();
if (noWine !== undefined) throw new Error(noWine);
const rig = await makeWineRig();
try {
  for (const [module, ...args] of [
    ["load-main.ts", processes],
    ["soak-main.ts", cycles],
  ] as const) {
    const results = path.join(rig.folder, "results.json");
    const bundle = await bundleForWine(rig, module);
    const { code, output } = await runInWine(rig, bundle, [rig.dll, rig.smokeProgram, windowsPath(results), ...args], {
      deadline: 4 * 3_600_000,
    });
    process.stdout.write(`${module}: exit code ${code}${output === "" ? "" : `\n${output}`}\n`);
    if (code === 0) process.stdout.write(`${JSON.stringify(JSON.parse(await readFile(results, "utf8")), null, 1)}\n`);
    else process.exitCode = 1;
  }
} finally {
  await rig.remove();
}
