import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { posix } from "../native/posix.ts";
import { ownFolderOf } from "./layer-folder.ts";

/** Where a layer on others says what it stands on: as an extended attribute of its folder, or where that has no room for it in a file. */
const lineageAttribute = "user.oriel.lineage";
const lineageFile = "lineage.json";
/** Bytes up to which it is tried as an attribute: those of ext4 share a block of 4 KiB. */
const inlineLineage = 3072;
/** A name a line, as JSON: a name is added without writing the others again. */
const tombstoneFile = "tombstones";

/** Folders of the layers below, immediate parent first; none for a base layer. */
export function readParents(layer: string): readonly string[] {
  const text = posix().getAttribute(layer, lineageAttribute)?.toString() ?? readText(path.join(ownFolderOf(layer), lineageFile));
  return text === undefined ? [] : (JSON.parse(text) as { readonly parents: readonly string[] }).parents;
}

/** Says what a layer stands on. Brought to the disk with the rest of the layer, by whoever has it made. */
export function writeParents(layer: string, parents: readonly string[]): void {
  const text = JSON.stringify({ parents });
  if (text.length <= inlineLineage && posix().setAttribute(layer, lineageAttribute, Buffer.from(text)) === undefined) return;
  const own = ownFolderOf(layer);
  mkdirSync(own, { recursive: true });
  const file = path.join(own, lineageFile);
  // Whoever makes a layer gives it up when that is cut short; one that is there must stay as it is until it is another.
  if (!existsSync(file)) writeFileSync(file, text);
  else {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
  // The file is read where there is no attribute.
  posix().removeAttribute(layer, lineageAttribute);
}

/** Names below `Files` that the layers below have and this one takes away, with `/`; each once. */
export function readTombstones(layer: string): readonly string[] {
  const lines = readText(path.join(ownFolderOf(layer), tombstoneFile))?.split("\n") ?? [];
  return [...new Set(lines.flatMap(parseLine))].sort();
}

export function addTombstone(layer: string, name: string): void {
  mkdirSync(ownFolderOf(layer), { recursive: true });
  appendFileSync(path.join(ownFolderOf(layer), tombstoneFile), `${JSON.stringify(name)}\n`);
}

/** A process that ended while it wrote leaves a line without its end: that name was never said to be gone. */
function parseLine(line: string): string[] {
  if (!line.startsWith('"')) return [];
  try {
    return [JSON.parse(line) as string];
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  // An error takes longer to make than the answer.
  if (!existsSync(file)) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
