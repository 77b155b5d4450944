import { encodeExtendedAttributes, encodeReparse, encodeStream, encodeStreamHeader, FileAttribute, StreamId } from "@oriel/backup-stream";
import { type BasicInfo, isOrielError } from "@oriel/core";
import type { EntrySink } from "./entry-sink.ts";
import type { DirectoryEntry, FileEntry, LayerTarContent, LinkEntry, StreamEntry } from "./layer-tar-entry.ts";
import { malformedTar } from "./tar/tar-member.ts";

/** The entries that become a file or directory of their own. */
export type DescribedEntry = DirectoryEntry | FileEntry | LinkEntry;

/** Sees the data of a file on its way. */
export type DataListener = (chunk: Uint8Array) => Promise<void>;

/**
 * Writes an entry in the order of Windows' own importers: security, extended attributes, reparse point, data.
 *
 * @throws InvalidArgumentError naming the entry, for a target or an attribute that Windows cannot hold.
 */
export async function writeEntry(entry: DescribedEntry, sink: EntrySink, onData?: DataListener): Promise<void> {
  if (sink.format === "backup") await sink.write(namingEntry(entry.name, () => encodeDescription(entry)));
  if (entry.kind !== "file") return;
  if (sink.format === "backup") await sink.write(encodeStreamHeader({ id: StreamId.Data, size: entry.size }));
  await writeContent(entry.content, sink, onData);
}

/** Appends an alternate data stream to the entry that the sink has taken. */
export async function writeAlternateStream(entry: StreamEntry, sink: EntrySink): Promise<void> {
  if (sink.format === "plain") throw malformedTar("is a stream of a hive file, which has none", entry.name);
  const name = `${entry.name.slice(entry.name.indexOf(":"))}:$DATA`;
  await sink.write(encodeStreamHeader({ id: StreamId.AlternateData, size: entry.size, name }));
  await writeContent(entry.content, sink);
}

export function attributesOf(entry: DescribedEntry): number {
  const defaults = { directory: FileAttribute.Directory, file: FileAttribute.Archive, symlink: FileAttribute.ReparsePoint };
  if (entry.kind === "mount-point") return (entry.attributes ?? FileAttribute.ReparsePoint) | FileAttribute.Directory;
  return entry.attributes ?? defaults[entry.kind];
}

export function isDirectoryOnDisk(entry: DescribedEntry): boolean {
  return entry.kind === "directory" || (attributesOf(entry) & FileAttribute.Directory) !== 0;
}

export function basicInfoOf(entry: DescribedEntry): BasicInfo {
  const { lastWrite, lastAccess = lastWrite, change = lastWrite, creation = lastWrite } = entry.times;
  return {
    attributes: attributesOf(entry),
    creationTime: creation,
    lastAccessTime: lastAccess,
    lastWriteTime: lastWrite,
    changeTime: change,
  };
}

function encodeDescription(entry: DescribedEntry): Uint8Array {
  const parts: Uint8Array[] = [];
  if (entry.securityDescriptor !== undefined) parts.push(encodeStream({ id: StreamId.Security }, entry.securityDescriptor));
  if (entry.extendedAttributes !== undefined && entry.extendedAttributes.length > 0) {
    parts.push(encodeStream({ id: StreamId.EaData }, encodeExtendedAttributes(entry.extendedAttributes)));
  }
  if (entry.kind === "symlink" || entry.kind === "mount-point") {
    parts.push(encodeStream({ id: StreamId.ReparseData }, encodeReparse({ kind: entry.kind, target: entry.target })));
  }
  return Buffer.concat(parts);
}

async function writeContent(content: LayerTarContent, sink: EntrySink, onData?: DataListener): Promise<void> {
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    await sink.write(chunk);
    await onData?.(chunk);
  }
}

function namingEntry<T>(name: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (isOrielError(error, "InvalidArgument")) throw malformedTar(`cannot be made: ${error.message}`, name);
    throw error;
  }
}
