import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type KillRunOptions, type KillRunReport, KillRunTally } from "./kill-run-report.ts";
import { killedProgram, randomMoment } from "./killed-program.ts";
import { Random } from "./random.ts";
import { makeRunPlace } from "./run-place.ts";

/** What is killed, and what a run knows of it. */
export interface KilledWork<World, Event extends { readonly phase: string }> {
  /** A module that is run with the words: the options' module, the folder, a seed, and a file with the world as JSON. */
  readonly program: URL;
  /** What is known to be there. */
  readonly world: World;
  /** The same as the program reads it: nothing is under way any more. */
  readonly reread: (world: World) => World;
  readonly apply: (world: World, event: Event) => void;
  /** Names of the operations that were cut short. */
  readonly cutShort: (world: World) => string[];
  /** Starts again, and returns everything that is not as it must be, a line each. */
  readonly verify: (root: string, world: World) => Promise<string[]>;
}

/** Lets a program work, kills it at a random moment, and looks at what is there; again and again on the same folder. */
export async function runKills<World, Event extends { readonly phase: string }>(
  options: KillRunOptions,
  { program, world: first, reread, apply, cutShort, verify }: KilledWork<World, Event>,
): Promise<KillRunReport> {
  const tally = new KillRunTally(options);
  await using place = await makeRunPlace(tally.power);
  const { root, own, losePower } = place;
  const random = new Random(tally.seed);
  const worldFile = path.join(own, "world.json");
  let world = first;
  for (let kill = 1; kill <= tally.kills; kill += 1) {
    await writeFile(worldFile, JSON.stringify(world));
    world = reread(world);
    const seed = tally.seed * 1000 + kill;
    const words = [options.module.href, root, String(seed), worldFile];
    const events = await killedProgram<Event>(program, words, randomMoment(random), losePower && (() => losePower(seed)));
    await place.restore();
    for (const event of events) apply(world, event);
    const done = events.filter(({ phase }) => phase === "done").length;
    tally.add(kill, { done, under: cutShort(world), problems: await verify(root, world) });
  }
  return tally.report;
}
