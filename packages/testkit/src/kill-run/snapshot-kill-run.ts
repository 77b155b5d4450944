import { writeFile } from "node:fs/promises";
import path from "node:path";
import { failureOf, type KillRunOptions, type KillRunReport, KillRunTally } from "./kill-run-report.ts";
import { killedProgram, randomMoment } from "./killed-program.ts";
import { Random } from "./random.ts";
import { makeRunPlace } from "./run-place.ts";
import type { OpenSnapshots } from "./snapshot-work.ts";
import { type SnapshotEvent, SnapshotWorld } from "./snapshot-world.ts";
import { verifySnapshots } from "./verify-snapshots.ts";

/**
 * Lets a program prepare, view, write, commit, update and remove snapshots, kills it by SIGKILL at a random moment, restarts,
 * and looks at what is there; again and again on the same folder.
 *
 * @param options the module exports `openSnapshots` ({@link OpenSnapshots})
 */
export async function snapshotKillRun(options: KillRunOptions): Promise<KillRunReport> {
  const tally = new KillRunTally(options);
  const { openSnapshots } = (await import(options.module.href)) as { openSnapshots: OpenSnapshots };
  await using place = await makeRunPlace(tally.power);
  const { root, own, losePower } = place;
  const random = new Random(tally.seed);
  const program = new URL("./snapshot-kill-program.ts", import.meta.url);
  const worldFile = path.join(own, "world.json");
  let world = new SnapshotWorld();
  for (let kill = 1; kill <= tally.kills; kill += 1) {
    await writeFile(worldFile, JSON.stringify(world));
    world = SnapshotWorld.from(world.toJSON());
    const seed = tally.seed * 1000 + kill;
    const words = [options.module.href, root, String(seed), worldFile];
    const events = await killedProgram<SnapshotEvent>(program, words, randomMoment(random), losePower && (() => losePower(seed)));
    await place.restore();
    for (const event of events) world.apply(event);
    const under = [...world.underWay.values()].map(({ op }) => op);
    const done = events.filter(({ phase }) => phase === "done").length;
    tally.add(kill, { done, under, problems: await restart(openSnapshots, root, world, tally.power) });
  }
  return tally.report;
}

async function restart(openSnapshots: OpenSnapshots, root: string, world: SnapshotWorld, powerLost: boolean): Promise<string[]> {
  const opened = await openSnapshots(root);
  try {
    return await verifySnapshots(opened, world, powerLost);
  } catch (error) {
    return [failureOf(error)];
  } finally {
    await opened.close();
  }
}
