import path from "node:path";
import { fileJournal } from "./file-journal.ts";
import { failureOf, type KillRunOptions, type KillRunReport } from "./kill-run-report.ts";
import { runKills } from "./run-kills.ts";
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
  const { openStorage } = (await import(options.module.href)) as { openStorage: OpenStorage };
  return runKills<StorageWorld, WorkEvent>(options, {
    program: new URL("./storage-kill-program.ts", import.meta.url),
    world: new StorageWorld(),
    reread: (world) => StorageWorld.from(world.toJSON()),
    apply: (world, event) => world.apply(event),
    cutShort: (world) => [...world.cutShort.values()],
    verify: (root, world) => restart(openStorage, root, world, options.power ?? false),
  });
}

async function restart(openStorage: OpenStorage, root: string, world: StorageWorld, powerLost: boolean): Promise<string[]> {
  const journal = fileJournal(path.join(root, "journal"));
  const storage = await openStorage(root, journal, powerLost);
  try {
    return await verifyStorage(storage, world, journal, powerLost);
  } catch (error) {
    return [failureOf(error)];
  } finally {
    await storage.close();
    journal.close();
  }
}
