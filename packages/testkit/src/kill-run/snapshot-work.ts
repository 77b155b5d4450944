import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Snapshotter } from "@oriel/contracts";
import type { Random } from "./random.ts";
import type { SnapshotEvent, SnapshotWorld, WorldSnapshot } from "./snapshot-world.ts";
import { randomFiles } from "./world-files.ts";

/** A snapshotter on a folder that outlives its process. */
export interface KillRunSnapshots {
  readonly snapshotter: Snapshotter;
  /** Folder that has one folder for each snapshot, and nothing else. */
  readonly folder: string;
  /** Mounts an active snapshot or a view for as long as the work with what it shows goes on. */
  withMounted<T>(key: string, use: (root: string) => Promise<T>): Promise<T>;
  /** What only this snapshotter can tell to be wrong after a restart, a line each. */
  verify?(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * What a module that is given to the kill run exports as `openSnapshots`.
 * @param powerLost whether the machine has lost its power since it was last opened
 */
export type OpenSnapshots = (root: string, powerLost?: boolean) => Promise<KillRunSnapshots>;

export interface SnapshotWorkOptions {
  readonly opened: KillRunSnapshots;
  readonly world: SnapshotWorld;
  readonly random: Random;
  /** Words that no other lane uses: lanes work side by side, each on snapshots of its own. */
  readonly lane: string;
  /** Must have written the event down when it returns. */
  readonly tell: (event: SnapshotEvent) => void;
}

const MAX_COMMITTED = 5;
const MAX_OTHERS = 3;

/** Prepares, views, writes, commits, updates and removes at random, and never ends by itself. */
export async function workOnSnapshots(options: SnapshotWorkOptions): Promise<never> {
  let count = Math.floor(options.random.next() * 1_000_000_000);
  for (;;) {
    await doOne(options, `${options.lane}-${count}`);
    count += 1;
  }
}

async function doOne({ opened, world, random, lane, tell }: SnapshotWorkOptions, name: string): Promise<void> {
  const { snapshotter } = opened;
  const own = [...world.snapshots.values()].filter((snapshot) => snapshot.name.startsWith(`${lane}-`));
  const committed = own.filter(({ kind }) => kind === "committed");
  const others = own.filter(({ kind }) => kind !== "committed");
  const parents = new Set(own.map(({ parent }) => parent));
  const act = async (op: SnapshotEvent["op"], change: Pick<SnapshotEvent, "before" | "after">, work: () => Promise<unknown>) => {
    for (const phase of ["begin", "done"] as const) {
      if (phase === "done") await work();
      const event: SnapshotEvent = { phase, op, ...change };
      world.apply(event);
      tell(event);
    }
  };

  const op = random.pick(["prepare", "prepare", "view", "write", "write", "commit", "commit", "update", "remove"] as const);
  const active = random.pick(others.filter(({ kind, files }) => kind === "active" && files !== undefined));
  if (op === "prepare" && others.length < MAX_OTHERS) {
    const parent = random.below(3) === 0 ? undefined : random.pick(committed)?.name;
    const after: WorldSnapshot = { name, kind: "active", parent, mark: name, files: {} };
    const labels = { mark: name };
    await act(op, { after }, () => snapshotter.prepare({ key: name, labels, parent }));
  } else if (op === "view" && others.length < MAX_OTHERS) {
    const parent = random.pick(committed)?.name;
    if (parent === undefined) return;
    const after: WorldSnapshot = { name, kind: "view", parent, mark: name, files: {} };
    await act(op, { after }, () => snapshotter.view({ key: name, parent, labels: { mark: name } }));
  } else if (op === "write" && active !== undefined) {
    const shown = world.shownBy(active.name) ?? new Map<string, string>();
    const more = randomFiles(random, name, shown);
    await act(op, { before: active, after: { ...active, files: { ...active.files, ...more } } }, () => write(opened, active.name, more));
  } else if (op === "commit" && active !== undefined && committed.length < MAX_COMMITTED) {
    const after: WorldSnapshot = { ...active, name, kind: "committed", mark: name };
    await act(op, { before: active, after }, () => snapshotter.commit({ name, key: active.name, labels: { mark: name } }));
  } else if (op === "update") {
    const before = random.pick(own);
    if (before !== undefined)
      await act(op, { before, after: { ...before, mark: name } }, () => snapshotter.update(before.name, { mark: name }));
  } else if (op === "remove") {
    const before = random.pick(own.filter((snapshot) => !parents.has(snapshot.name)));
    if (before !== undefined) await act(op, { before }, () => snapshotter.remove(before.name));
  }
}

async function write({ withMounted }: KillRunSnapshots, key: string, files: Readonly<Record<string, string | null>>): Promise<void> {
  await withMounted(key, async (root) => {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(root, name);
      if (text === null) {
        await rm(file, { force: true });
        continue;
      }
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  });
}
