/** Runs in node.exe: makes layers of tars through the Windows provider, and leaves the tars made of them in a folder. */
import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createWindowsHcs } from "../../../packages/hcs-bindings/src/index.ts";
import { roundTripLayers } from "./layer-round-trip.ts";

const [dll = "", results = ""] = process.argv.slice(2);
const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });

const folder = mkdtempSync("C:\\oriel-layers-");
try {
  const { base, upper } = await roundTripLayers(raw, folder);
  writeFileSync(path.join(results, "base.tar"), base);
  writeFileSync(path.join(results, "upper.tar"), upper);
} finally {
  await raw.layers.DestroyLayer({ flavour: 1, homeDir: "" }, folder);
  await raw.close();
}
process.exit(0);
