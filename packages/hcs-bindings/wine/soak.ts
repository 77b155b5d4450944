/**
 * Prints the figures of the long runs under Wine: node --conditions=oriel-source packages/hcs-bindings/wine/soak.ts [cycles] [processes]
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { favour } from "./favour.ts";
import { bundleForWine, environment, makeWineRig, startInWine, whyNoWine, windowsPath } from "./harness.ts";

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
    const program = await startInWine(rig, bundle, [rig.dll, rig.smokeProgram, windowsPath(results), ...args]);
    // Its wineserver is there by then.
    const soon = setTimeout(async () => {
      const done = program.pid !== undefined && (await favour(program.pid, environment.WINEPREFIX));
      if (!done) process.stdout.write("not root: Node.js has no more of the processors than each program\n");
    }, 1_500);
    const code = await program.ended;
    clearTimeout(soon);
    const output = await readFile(program.log, "utf8");
    process.stdout.write(`${module}: exit code ${code}${output === "" ? "" : `\n${output}`}\n`);
    if (code === 0) process.stdout.write(`${JSON.stringify(JSON.parse(await readFile(results, "utf8")), null, 1)}\n`);
    else process.exitCode = 1;
  }
} finally {
  await rig.remove();
}
