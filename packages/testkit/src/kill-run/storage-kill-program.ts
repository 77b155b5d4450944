// The program that is killed: node storage-kill-program.ts <module with openStorage> <root> <seed> <world as JSON>.
import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import path from "node:path";
import { fileJournal } from "./file-journal.ts";
import { Random } from "./random.ts";
import { type OpenStorage, workForever } from "./storage-work.ts";
import { StorageWorld } from "./storage-world.ts";
import { tellLine } from "./tell-line.ts";

const [module = "", root = "", seed = "0", worldFile = ""] = process.argv.slice(2);
const { openStorage } = (await import(module)) as { openStorage: OpenStorage };
// Otherwise done at the end of a program, which this one does not live to see.
flushCompileCache();
const world = StorageWorld.from(JSON.parse(readFileSync(worldFile, "utf8")) as ReturnType<StorageWorld["toJSON"]>);

tellLine("opening");
const storage = await openStorage(root, fileJournal(path.join(root, "journal")));
await storage.backend.reconcile({ scratchIds: new Set(world.scratches.keys()) });
const lanes = ["x", "y"].map((lane, index) =>
  workForever({ storage, world, random: new Random(Number(seed) + index), lane, tell: tellLine }),
);
await Promise.all(lanes);
