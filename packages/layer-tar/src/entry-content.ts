import { encodeExtendedAttributes, encodeReparse, encodeStream, encodeStreamHeader, FileAttribute, StreamId } from "@oriel/backup-stream";
import { type BasicInfo, isOrielError } from "@oriel/contracts";
import type { DirectoryEntry, FileEntry, LayerTarContent, LinkEntry, StreamEntry } from "./layer-tar-entry.ts";
import { writeSparseData } from "./sparse-data.ts";
import { malformedTar } from "./tar/tar-member.ts";

/** The entries that become a file or directory of their own. */
export type DescribedEntry = DirectoryEntry | FileEntry | LinkEntry;

/** Takes bytes one after another. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/**
 * The backup stream of an entry before its data, in the order of Windows' own importers: security, extended attributes,
 * reparse point.
 *
 * @throws InvalidArgumentError naming the entry, for a target or an attribute that Windows cannot hold.
 */
export function encodeDescription(entry: DescribedEntry): Uint8Array {
  const parts: Uint8Array[] = [];
  try {
    if (entry.securityDescriptor !== undefined) parts.push(encodeStream({ id: StreamId.Security }, entry.securityDescriptor));
    if (entry.extendedAttributes !== undefined && entry.extendedAttributes.length > 0) {
      parts.push(encodeStream({ id: StreamId.EaData }, encodeExtendedAttributes(entry.extendedAttributes)));
    }
    if (entry.kind === "symlink" || entry.kind === "mount-point") {
      parts.push(encodeStream({ id: StreamId.ReparseData }, encodeReparse({ kind: entry.kind, target: entry.target })));
    }
  } catch (error) {
    if (isOrielError(error, "InvalidArgument")) throw malformedTar(`cannot be made: ${error.message}`, entry.name);
    throw error;
  }
  return Buffer.concat(parts);
}

/** The data of a file as a backup stream; that of one with the attribute of sparse files leaves out zeros. */
export async function writeFileData(entry: FileEntry, write: WriteBytes): Promise<void> {
  if ((attributesOf(entry) & FileAttribute.SparseFile) !== 0) return writeSparseData(entry.content, write);
  await write(encodeStreamHeader({ id: StreamId.Data, size: entry.size }));
  await writeContent(entry.content, write);
}

/** Appends an alternate data stream to the backup stream of its file. */
export async function writeAlternateStream(entry: StreamEntry, write: WriteBytes): Promise<void> {
  const name = `${entry.name.slice(entry.name.indexOf(":"))}:$DATA`;
  await write(encodeStreamHeader({ id: StreamId.AlternateData, size: entry.size, name }));
  await writeContent(entry.content, write);
}

export async function writeContent(content: LayerTarContent, write: WriteBytes): Promise<void> {
  for await (const chunk of content instanceof Uint8Array ? [content] : content) await write(chunk);
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
