import { FileAttribute } from "@oriel/backup-stream";
import { FailedPreconditionError, type FileFacts, isOrielError } from "@oriel/contracts";
import { type BackupContents, readBackupContents } from "./backup-contents.ts";
import type { LayerTarEntry, LayerTarTimes } from "./layer-tar-entry.ts";
import type { OpenStream } from "./source-files.ts";
import type { WalkedFile } from "./walk-layer.ts";

/** A file of a layer, read so far that its entry can be written. */
export interface ExportedFile extends WalkedFile {
  readonly facts: FileFacts;
  readonly contents: BackupContents;
}

/**
 * @param facts of the file as the layer has it
 * @throws FailedPreconditionError naming the file, for what no layer tar can hold
 */
export async function readExportedFile(name: string, facts: FileFacts, open: OpenStream): Promise<ExportedFile> {
  try {
    const contents = await readBackupContents(open);
    return { facts, contents, isFolder: facts.directory && contents.reparsePoint === undefined };
  } catch (error) {
    if (!isOrielError(error, "InvalidArgument")) throw error;
    throw new FailedPreconditionError(`the layer's file ${JSON.stringify(name)} cannot be exported: ${error.message}`, {
      op: "layer.export",
      resource: name,
      cause: error,
    });
  }
}

/** Remembers the files with several names, so that every further name becomes a hard link. */
export class LinkedNames {
  readonly #first = new Map<string, string>();

  /** The name under which the file was seen first; undefined when this is the first. */
  earlier(name: string, { directory, numberOfLinks, fileId }: FileFacts): string | undefined {
    if (directory || numberOfLinks < 2) return undefined;
    // A link from one area to another is none that can be imported.
    const key = `${name.slice(0, name.indexOf("/"))}:${fileId}`;
    const known = this.#first.get(key);
    if (known === undefined) this.#first.set(key, name);
    return known;
  }
}

/** The entries of a file: itself, then its alternate data streams. */
export function* entriesOf(name: string, { facts, contents, isFolder }: ExportedFile): Generator<LayerTarEntry, void, undefined> {
  const { securityDescriptor, extendedAttributes, reparsePoint, size, streams } = contents;
  const described = {
    name,
    times: timesOf(facts),
    attributes: facts.directory ? facts.attributes | FileAttribute.Directory : facts.attributes,
    securityDescriptor,
    ...(extendedAttributes.length === 0 ? {} : { extendedAttributes }),
  };
  if (reparsePoint !== undefined) yield { ...described, kind: reparsePoint.kind, target: reparsePoint.target };
  else if (isFolder) yield { ...described, kind: "directory" };
  else yield { ...described, kind: "file", size, content: contents.content() };
  for (const [index, stream] of streams.entries()) {
    yield { kind: "stream", name: `${name}:${stream.name}`, size: stream.size, content: contents.streamContent(index) };
  }
}

function timesOf({ lastWriteTime, lastAccessTime, changeTime, creationTime }: FileFacts): LayerTarTimes {
  return { lastWrite: lastWriteTime, lastAccess: lastAccessTime, change: changeTime, creation: creationTime };
}
