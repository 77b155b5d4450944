/** `node --conditions=oriel-source e2e/src/full-disk/main.ts [windowsfilter|windows] [--log]`: what commands do while the disk of the daemon is full. */
import { whyNoDocker } from "../host.ts";
import { whyNoFullDisk } from "./full-disk.ts";
import { fullDiskTable, runFullDisk } from "./run-full-disk.ts";

const storages = ["windowsfilter", "snapshotter"] as const;
const missing = whyNoDocker() ?? whyNoFullDisk();
if (missing !== undefined) {
  process.stderr.write(`no disk can be filled here: ${missing}\n`);
  process.exitCode = 1;
} else {
  const named = storages.filter((storage) => process.argv.includes(storage));
  for (const storage of named.length === 0 ? storages : named) {
    const { rows, output } = await runFullDisk(storage);
    process.stdout.write(`storage = "${storage}"\n\n${fullDiskTable(rows)}\n\n`);
    if (process.argv.includes("--log")) process.stderr.write(output);
  }
}
