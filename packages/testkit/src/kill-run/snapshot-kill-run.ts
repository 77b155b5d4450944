import { failureOf, type KillRunOptions, type KillRunReport } from "./kill-run-report.ts";
import { runKills } from "./run-kills.ts";
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
  const { openSnapshots } = (await import(options.module.href)) as { openSnapshots: OpenSnapshots };
  return runKills<SnapshotWorld, SnapshotEvent>(options, {
    program: new URL("./snapshot-kill-program.ts", import.meta.url),
    world: new SnapshotWorld(),
    reread: (world) => SnapshotWorld.from(world.toJSON()),
    apply: (world, event) => world.apply(event),
    cutShort: ({ underWay }) => [...underWay.values()].map(({ op }) => op),
    verify: (root, world) => restart(openSnapshots, root, world, options.power ?? false),
  });
}

async function restart(openSnapshots: OpenSnapshots, root: string, world: SnapshotWorld, powerLost: boolean): Promise<string[]> {
  const opened = await openSnapshots(root, powerLost);
  try {
    return await verifySnapshots(opened, world, powerLost);
  } catch (error) {
    return [failureOf(error)];
  } finally {
    await opened.close();
  }
}
