// The program that is killed: node snapshot-kill-program.ts <module with openSnapshots> <root> <seed> <world as JSON>.
import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { Random } from "./random.ts";
import { type OpenSnapshots, workOnSnapshots } from "./snapshot-work.ts";
import { SnapshotWorld, type WorldSnapshot } from "./snapshot-world.ts";
import { tellLine } from "./tell-line.ts";

const [module = "", root = "", seed = "0", worldFile = ""] = process.argv.slice(2);
const { openSnapshots } = (await import(module)) as { openSnapshots: OpenSnapshots };
// Otherwise done at the end of a program, which this one does not live to see.
flushCompileCache();
const world = SnapshotWorld.from(JSON.parse(readFileSync(worldFile, "utf8")) as readonly WorldSnapshot[]);

tellLine("opening");
const opened = await openSnapshots(root);
const lanes = ["x", "y"].map((lane, index) =>
  workOnSnapshots({ opened, world, random: new Random(Number(seed) + index), lane, tell: tellLine }),
);
await Promise.all(lanes);
