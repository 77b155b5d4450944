import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileJournal } from "./file-journal.ts";
import { failureOf, type KillRunOptions, type KillRunReport, KillRunTally } from "./kill-run-report.ts";
import { killedProgram, randomMoment } from "./killed-program.ts";
import { Random } from "./random.ts";
import { makeRunPlace } from "./run-place.ts";
import type { OpenStorage } from "./storage-work.ts";
import { StorageWorld, type WorkEvent } from "./storage-world.ts";
import { verifyStorage } from "./verify-storage.ts";

/**
 * Lets a program import, prepare, run, commit and remove, kills it by SIGKILL at a random moment, restarts, and looks at
 * what is there; again and again on the same folder.
 *
 * @param options the module exports `openStorage` ({@link OpenStorage})
 */
export async function storageKillRun(options: KillRunOptions): Promise<KillRunReport> {
  const tally = new KillRunTally(options);
  const { openStorage } = (await import(options.module.href)) as { openStorage: OpenStorage };
  await using place = await makeRunPlace(tally.power);
  const { root, own, losePower } = place;
  const random = new Random(tally.seed);
  const program = new URL("./storage-kill-program.ts", import.meta.url);
  const worldFile = path.join(own, "world.json");
  let world = new StorageWorld();
  for (let kill = 1; kill <= tally.kills; kill += 1) {
    await writeFile(worldFile, JSON.stringify(world));
    world = StorageWorld.from(world.toJSON());
    const seed = tally.seed * 1000 + kill;
    const words = [options.module.href, root, String(seed), worldFile];
    const events = await killedProgram<WorkEvent>(program, words, randomMoment(random), losePower && (() => losePower(seed)));
    await place.restore();
    for (const event of events) world.apply(event);
    const under = [...world.cutShort.values()];
    const done = events.filter(({ phase }) => phase === "done").length;
    tally.add(kill, { done, under, problems: await restart(openStorage, root, world, tally.power) });
  }
  return tally.report;
}

async function restart(openStorage: OpenStorage, root: string, world: StorageWorld, powerLost: boolean): Promise<string[]> {
  const journal = fileJournal(path.join(root, "journal"));
  const storage = await openStorage(root, journal);
  try {
    return await verifyStorage(storage, world, journal, powerLost);
  } catch (error) {
    return [failureOf(error)];
  } finally {
    await storage.close();
    journal.close();
  }
}
