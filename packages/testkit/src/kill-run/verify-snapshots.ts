import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { SnapshotInfo } from "@oriel/contracts";
import { mountsBelow } from "./mounts-below.ts";
import { checkScratchDisk } from "./scratch-disk.ts";
import type { KillRunSnapshots } from "./snapshot-work.ts";
import { isLike, type SnapshotWorld } from "./snapshot-world.ts";

/**
 * Everything that is not as it must be after a kill and a restart, a line each. Settles what was in doubt.
 * @param powerLost whether the machine lost its power, and with it what was written and promised to nobody
 */
export async function verifySnapshots(opened: KillRunSnapshots, world: SnapshotWorld, powerLost = false): Promise<string[]> {
  const { snapshotter, folder } = opened;
  const problems: string[] = [];
  const found = new Map<string, SnapshotInfo>();
  for await (const info of snapshotter.walk()) found.set(info.name, info);
  for (const { op, before, after } of world.underWay.values()) {
    if (op === "commit" && before !== undefined && after !== undefined && found.has(before.name) === found.has(after.name)) {
      problems.push(`commit of ${before.name}: ${found.has(before.name) ? "key and name are" : "neither key nor name is"} there`);
    }
  }
  world.settle(found);
  if (powerLost) world.loseWrites();

  for (const snapshot of world.snapshots.values()) {
    const { name, kind, parent, mark } = snapshot;
    const info = found.get(name);
    if (info === undefined) problems.push(`${kind} ${name} was reported done, and is not there`);
    else if (!isLike(info, snapshot))
      problems.push(`${name} is ${JSON.stringify(info)}, and must be ${JSON.stringify({ kind, parent, mark })}`);
  }
  for (const name of found.keys()) if (!world.snapshots.has(name)) problems.push(`${name} is there, and nobody made it`);

  const entries = await readdir(folder);
  if (entries.length !== found.size) problems.push(`${found.size} snapshots have ${entries.length} folders`);
  problems.push(...(await mountsBelow(folder)).map((mount) => `still mounted: ${mount}`));
  for (const { name, kind } of found.values()) if (kind !== "committed") problems.push(...(await checkDisk(opened, name)));
  for (const { name, kind } of world.snapshots.values()) {
    const files = world.shownBy(name);
    if (files === undefined || !found.has(name)) continue;
    const key = kind === "committed" ? `verify-${name}` : name;
    if (kind === "committed") await snapshotter.view({ key, parent: name });
    problems.push(...(await checkShown(opened, key, files)));
    if (kind === "committed") await snapshotter.remove(key);
  }
  return [...problems, ...((await opened.verify?.()) ?? [])];
}

async function checkDisk({ snapshotter }: KillRunSnapshots, key: string): Promise<string[]> {
  const mounts = (await snapshotter.mounts(key)).filter(({ type }) => type === "windows-layer");
  return (await Promise.all(mounts.map(({ source }) => checkScratchDisk(key, source)))).flat();
}

async function checkShown({ withMounted }: KillRunSnapshots, key: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  return withMounted(key, async (root) => {
    const shown = await textsBelow(root);
    return [...new Set([...files.keys(), ...shown.keys()])]
      .filter((name) => files.get(name) !== shown.get(name))
      .map(
        (name) =>
          `${key}: ${name} ${!shown.has(name) ? "is not there" : files.has(name) ? "has other content" : "is there, and nobody wrote it"}`,
      );
  });
}

/** Texts by path with `/`, without what Windows puts into a root itself. */
async function textsBelow(root: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, file).split(path.sep).join("/");
    if (entry.isFile() && !name.startsWith("Windows/")) texts.set(name, await readFile(file, "utf8"));
  }
  return texts;
}
