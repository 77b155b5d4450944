import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fileJournal } from "./file-journal.ts";
import { Random } from "./random.ts";
import type { OpenStorage } from "./storage-work.ts";
import { StorageWorld, type WorkEvent } from "./storage-world.ts";
import { verifyStorage } from "./verify-storage.ts";

export interface KillRunOptions {
  /** URL of a module that exports `openStorage` ({@link OpenStorage}); loaded by a Node.js of its own. */
  readonly module: URL;
  /** @default ORIEL_KILLS, or 12 */
  readonly kills?: number;
  /** @default ORIEL_KILL_SEED, or 1 */
  readonly seed?: number;
}

export interface KillRunReport {
  readonly kills: number;
  /** How often each kind of work was under way when the program was killed. */
  readonly cutShort: Readonly<Record<string, number>>;
  /** Operations that were reported done. */
  readonly done: number;
  /** A line for each thing that was not as it must be, with the number of the kill. */
  readonly problems: readonly string[];
}

/** The program is killed after so many lines of its, at most: counted in work, a slow machine sees as much as a quick one. */
const MOST_LINES = 12;
/** Longest time from the last of those lines to the kill, milliseconds. */
const LONGEST = 60;

/**
 * Lets a program import, prepare, run, commit and remove, kills it by SIGKILL at a random moment, restarts, and looks at
 * what is there; again and again on the same folder.
 */
export async function storageKillRun(options: KillRunOptions): Promise<KillRunReport> {
  const kills = options.kills ?? Number(process.env.ORIEL_KILLS ?? 12);
  const seed = options.seed ?? Number(process.env.ORIEL_KILL_SEED ?? 1);
  const { openStorage } = (await import(options.module.href)) as { openStorage: OpenStorage };
  const root = await mkdtemp(path.join(os.tmpdir(), "oriel-kill-run-"));
  const random = new Random(seed);
  const cutShort: Record<string, number> = {};
  const problems: string[] = [];
  let world = new StorageWorld();
  let done = 0;
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      const worldFile = path.join(root, "world.json");
      await writeFile(worldFile, JSON.stringify(world));
      world = StorageWorld.from(world.toJSON());
      const program = { module: options.module.href, root, seed: seed * 1000 + kill, worldFile };
      const moment = { lines: random.below(MOST_LINES), delay: random.next() * LONGEST };
      for (const event of await killedProgram(program, moment)) {
        world.apply(event);
        if (event.phase === "done") done += 1;
      }
      const under = [...world.cutShort.values()];
      for (const op of under.length === 0 ? ["nothing"] : under) cutShort[op] = (cutShort[op] ?? 0) + 1;
      problems.push(
        ...(await restart(openStorage, root, world)).map((problem) => `kill ${kill} (during ${under.join() || "nothing"}): ${problem}`),
      );
    }
    return { kills, cutShort, done, problems };
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function restart(openStorage: OpenStorage, root: string, world: StorageWorld): Promise<string[]> {
  const journal = fileJournal(path.join(root, "journal"));
  const storage = await openStorage(root, journal);
  try {
    return await verifyStorage(storage, world, journal);
  } finally {
    await storage.close();
    journal.close();
  }
}

interface Program {
  readonly module: string;
  readonly root: string;
  readonly seed: number;
  readonly worldFile: string;
}

/** When the program is killed: so many milliseconds after so many lines, of which the first says that it begins. */
interface Moment {
  readonly lines: number;
  readonly delay: number;
}

/** What the program told before it was killed. */
async function killedProgram({ module, root, seed, worldFile }: Program, { lines, delay }: Moment): Promise<WorkEvent[]> {
  const program = fileURLToPath(new URL("./kill-run-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=oriel-source", program, module, root, String(seed), worldFile], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  let complaints = "";
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    told += piece;
    seen += piece.split("\n").length - 1;
    if (seen > lines) timer ??= setTimeout(() => child.kill("SIGKILL"), delay);
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    complaints += piece;
  });
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_code, how) => resolve(how));
  });
  clearTimeout(timer);
  if (signal !== "SIGKILL") throw new Error(`the program ended by itself: ${complaints}`);
  // The last line may be cut, as the program was.
  const whole = told.split("\n").slice(1, -1);
  return whole.map((line) => JSON.parse(line) as WorkEvent);
}
