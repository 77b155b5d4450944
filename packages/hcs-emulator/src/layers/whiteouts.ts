import { lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import type { Posix } from "../native/posix.ts";
import { ownFolderOf } from "./layer-folder.ts";
import { readParents, readTombstones } from "./lineage.ts";
import { MergedView } from "./merged-view.ts";

/**
 * A layer's tombstones in the form that overlay mounts know: character devices 0:0 under the names that are gone. Made
 * on first use; undefined for a layer without tombstones. Synchronous.
 */
export function whiteoutFolder(system: Posix, metadata: LayerMetadata, layer: string): string | undefined {
  const tombstones = readTombstones(layer);
  if (tombstones.length === 0) return undefined;
  const folder = path.join(ownFolderOf(layer), "whiteouts");
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return folder;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const folders = new Set<string>();
  for (const name of withoutNested(tombstones)) {
    const parent = path.posix.dirname(name);
    if (!folders.has(parent)) mkdirSync(path.join(unfinished, parent), { recursive: true });
    for (let above = parent; above !== "."; above = path.posix.dirname(above)) folders.add(above);
    system.makeWhiteout(path.join(unfinished, name));
  }
  // They may be the uppermost of their name, which are the ones whose times and attributes a mount shows.
  const view = new MergedView([layer, ...readParents(layer)]);
  for (const name of [...folders].sort((a, b) => b.length - a.length)) {
    const shown = view.find(name.split("/"));
    if (shown !== undefined) metadata.copy(shown.layer, shown.file, layer, path.join(unfinished, name));
  }
  renameSync(unfinished, folder);
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
