import { execFile } from "node:child_process";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { exists, ownFolderOf, readLineage } from "./layer-folder.ts";

const run = promisify(execFile);

/**
 * A layer's tombstones in the form that overlay mounts know: character devices 0:0 under the names that are gone. Made
 * on first use; undefined for a layer without tombstones.
 */
export async function whiteoutFolder(layer: string): Promise<string | undefined> {
  const { tombstones } = await readLineage(layer);
  if (tombstones.length === 0) return undefined;
  const folder = path.join(ownFolderOf(layer), "whiteouts");
  if (await exists(folder)) return folder;
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const name of withoutNested(tombstones)) {
    const device = path.join(unfinished, name);
    await mkdir(path.dirname(device), { recursive: true });
    await run("mknod", [device, "c", "0", "0"], { timeout: 10_000 });
  }
  await rename(unfinished, folder);
  return folder;
}

/** Without names below another of the list: that one hides them already. */
function withoutNested(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => {
    for (let parent = path.posix.dirname(name); parent !== "."; parent = path.posix.dirname(parent)) if (all.has(parent)) return false;
    return true;
  });
}
