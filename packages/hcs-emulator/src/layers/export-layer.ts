import { lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { foldName } from "@oriel/contracts";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import type { Posix } from "../native/posix.ts";
import { filesOf, layerNames } from "./layer-folder.ts";
import { readTombstones } from "./lineage.ts";
import { type MergedNode, MergedView } from "./merged-view.ts";
import { exportScratch, type ScratchFiles } from "./scratch-changes.ts";
import { type ExportedEntry, TransportWriter } from "./transport-writer.ts";

export interface ExportLayerOptions {
  readonly layer: string;
  readonly exportFolder: string;
  /** Folders of the layers below, immediate parent first. */
  readonly parents: readonly string[];
  /** How a scratch keeps its files; undefined for a read-only layer. */
  readonly scratch: ScratchFiles | undefined;
}

/**
 * Writes a layer on others, or what a scratch changed, in transport format. Synchronous.
 * @returns the names of what is left out, as it cannot be exported
 */
export function exportLayer(system: Posix, metadata: LayerMetadata, options: ExportLayerOptions): readonly string[] {
  const { layer, exportFolder, parents, scratch } = options;
  const view = new MergedView(parents);
  const writer = new TransportWriter(system, metadata, exportFolder);
  let leftOut: readonly string[] = [];
  if (scratch === undefined) exportReadOnly(metadata, writer, layer, view);
  else leftOut = exportScratch({ system, metadata, writer, view, layer, scratch });
  const described = describe(metadata, view.root.layer, view.root.file);
  const utilityVm = scratch === undefined && isFolder(filesOf(path.join(layer, layerNames.utilityVm)));
  writer.plain(layer, described, scratch === undefined ? deltasOf(layer) : [], utilityVm);
  writer.finish();
  return leftOut;
}

function describe(metadata: LayerMetadata, root: string, file: string): ExportedEntry {
  return { root, file, description: metadata.describe(root, file) };
}

/** What its own folder has, as it was imported. */
function exportReadOnly(metadata: LayerMetadata, writer: TransportWriter, layer: string, view: MergedView): void {
  const own = (folder: string, name: string): void => {
    writer.directory(name, describe(metadata, layer, folder));
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      const full = name === "" ? entry.name : `${name}/${entry.name}`;
      if (entry.isDirectory()) own(file, full);
      else writer.file(full, describe(metadata, layer, file));
    }
  };
  own(filesOf(layer), "");
  const mine = new MergedView([layer]);
  for (const name of readTombstones(layer)) {
    const names = name.split("/");
    const inherited = view.find(names);
    if (inherited !== undefined) hideBelow(writer, view, inherited, mine, mine.find(names));
  }
}

/** Names that are gone; where the layer has a folder of its own in the place, what was in the former one is. */
function hideBelow(writer: TransportWriter, view: MergedView, gone: MergedNode, mine: MergedView, own: MergedNode | undefined): void {
  if (own === undefined) writer.tombstone(gone.spelling);
  if (own?.isFolder !== true) return;
  for (const [folded, child] of view.children(gone)) hideBelow(writer, view, child, mine, mine.children(own).get(folded));
}

/** What differs from the hives below, as it came with the layer. */
function deltasOf(layer: string): string[] {
  const folder = path.join(layer, layerNames.hives);
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .filter((name) => foldName(name).endsWith("_DELTA"))
    .sort();
}

function isFolder(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}
