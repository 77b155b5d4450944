/** Runs in node.exe: takes layers there and back through the Windows provider. */
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { createWindowsHcs } from "../../../packages/hcs-bindings/src/index.ts";
import { roundTrip } from "../layers/round-trip.ts";

const [dll = "", results = ""] = process.argv.slice(2);
const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
const makings = JSON.parse(readFileSync(path.join(results, "makings.json"), "utf8")) as Readonly<Record<string, readonly string[]>>;
for (const [name, tars] of Object.entries(makings)) {
  const folder = mkdtempSync("C:\\oriel-layers-");
  const target = path.join(results, name);
  mkdirSync(target);
  try {
    await roundTrip(raw, folder, tars, target);
  } finally {
    await raw.layers.DestroyLayer({ flavour: 1, homeDir: "" }, folder);
  }
}
await raw.close();
process.exit(0);
