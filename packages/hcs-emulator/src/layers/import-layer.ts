import { cp, lutimes, mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { BackupWriter } from "../files/backup-writer.ts";
import { findInFolder } from "../files/case-insensitive.ts";
import { filesOf, layerNames, writeLineage } from "./layer-folder.ts";
import { LayerView } from "./layer-view.ts";

/** Beside each directory `X` of a transport folder: its attributes and backup stream. */
const directorySuffix = ".$wcidirs$";
/** Bytes of attributes before a backup stream. */
const attributesSize = 4;

/**
 * Makes a layer on others from a folder in transport format, as ImportLayer does. The layer's `Files` gets only what is
 * in the folder, in the spelling that the parents use; nothing of theirs is copied.
 */
export async function importLayer(layer: string, importFolder: string, parents: readonly string[]): Promise<void> {
  const view = await LayerView.open(parents);
  await mkdir(filesOf(layer), { recursive: true });
  await writeLineage(layer, { parents, tombstones: [] });
  await importFiles(path.join(importFolder, layerNames.files), "", layer, view);
  for (const plain of [layerNames.hives, layerNames.utilityVm]) {
    const from = path.join(importFolder, plain);
    if (await isFolder(from)) await cp(from, path.join(layer, plain), { recursive: true, preserveTimestamps: true });
  }
}

async function importFiles(folder: string, name: string, layer: string, view: LayerView): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.endsWith(directorySuffix)) continue;
    const source = path.join(folder, entry.name);
    const wanted = name === "" ? entry.name : `${name}/${entry.name}`;
    const inherited = (await view.find(wanted))?.spelling ?? wanted;
    const spelled = entry.isDirectory() ? await spellFolder(inherited, layer) : inherited;
    const target = { file: path.join(filesOf(layer), spelled), name: spelled };
    if (entry.isDirectory()) {
      await importDirectory(source, target);
      await importFiles(source, spelled, layer, view);
    } else await importFile(source, target);
    const { atime, mtime } = await stat(source);
    await lutimes(target.file, atime, mtime);
  }
}

/** Two folders of a case-sensitive host can be one to Windows: the spelling that this layer used first. */
async function spellFolder(name: string, layer: string): Promise<string> {
  const own = await findInFolder(path.join(filesOf(layer), path.dirname(name)), path.basename(name));
  return own === undefined ? name : path.join(path.dirname(name), own);
}

async function importDirectory(source: string, target: { file: string; name: string }): Promise<void> {
  const writer = (await isFolder(target.file)) ? await BackupWriter.existing(target, true) : await BackupWriter.create(target, true);
  const described = await readFile(`${source}${directorySuffix}`).catch(() => undefined);
  if (described !== undefined) await writer.write(described.subarray(attributesSize));
  await writer.close();
}

async function importFile(source: string, target: { file: string; name: string }): Promise<void> {
  const writer = await BackupWriter.create(target, false);
  const from = await open(source);
  try {
    const { size } = await from.stat();
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(size - attributesSize, 1), 256 * 1024));
    for (let position = attributesSize; position < size; ) {
      const { bytesRead } = await from.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      await writer.write(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    await from.close();
    await writer.close();
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
