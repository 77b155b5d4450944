import { createWriteStream } from "node:fs";
import { mkdir, utimes } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InvalidArgumentError, isOrielError, type LayerDescriptor, toOrielError, UnavailableError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import { removeFolder } from "@oriel/layer-tar";
import { extract } from "tar-stream";
import { descriptionFiles } from "./layer-folders.ts";

export interface PlainImportOptions {
  readonly tar: AsyncIterable<Uint8Array>;
  readonly calls: HostLayers;
  /** The new layer's folder, which CreateLayer has made. */
  readonly folder: string;
  readonly parents: readonly LayerDescriptor[];
  /** A folder that is not there yet. */
  readonly staging: string;
  /** `transport`: the files are what ImportLayer takes; `disk`: they are the layer, which has a disk and no files. */
  readonly format: "transport" | "disk";
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface PlainContent {
  /** Bytes of the files. */
  readonly size: number;
  /** First parts of the names. */
  readonly names: ReadonlySet<string>;
}

const op = "layer.import";
/** A tar ends in two blocks of zeros, so one that does not is torn. */
const TRAILER = 1024;
const PROGRESS_STEP = 1024 * 1024;

/**
 * Makes a layer of a tar that holds plain files, as the technical previews of Windows Server 2016 exchanged layers, and
 * as the windowsdiff driver does.
 * @throws InvalidArgumentError naming the entry, for one that would leave the folder and for what is no file.
 */
export async function importPlainTar(options: PlainImportOptions): Promise<PlainContent> {
  const { calls, folder, parents, staging, format } = options;
  try {
    if (format === "disk") return await unpackFiles(options, folder);
    await mkdir(staging);
    const unpacked = await unpackFiles(options, staging);
    if (parents.length > 0) await calls.importLayer(folder, staging, parents);
    else throw new InvalidArgumentError("a layer in transport format stands on another; a base layer comes with the host", { op });
    return unpacked;
  } catch (error) {
    throw toOrielError(error, op, folder);
  } finally {
    if (format === "transport") await removeFolder(staging);
  }
}

async function unpackFiles(options: PlainImportOptions, target: string): Promise<PlainContent> {
  const parser = extract();
  const watched = new TarTail();
  let failure: unknown;
  // A parser that fails tells its entry nothing, which would be waited for in vain.
  const stop = new AbortController();
  const fed = pipeline(Readable.from(watched.through(options)), parser).catch((error: unknown) => {
    failure ??= error;
    stop.abort();
  });
  const names = new Set<string>();
  /** Set at the end, as what is put into a folder changes its time. */
  const folderTimes = new Map<string, Date>();
  const first = new Set<string>();
  let size = 0;
  try {
    for await (const entry of parser) {
      const { name, type } = entry.header;
      const parts = partsOf(name);
      const file = path.join(target, ...parts);
      if (parts[0] !== undefined) first.add(parts[0]);
      if (parts.length === 1 && descriptionFiles.includes(parts[0]?.toLowerCase() ?? ""))
        throw malformed(name, "has the name of a file that describes the layer");
      if (type === "directory") {
        await mkdir(file, { recursive: true });
        if (entry.header.mtime !== undefined && parts.length > 0) folderTimes.set(file, entry.header.mtime);
        entry.resume();
        continue;
      }
      if (type !== "file") throw malformed(name, `is a ${type ?? "nameless thing"}; only files and folders can be`);
      if (names.has(file.toUpperCase())) throw malformed(name, "stands in it twice");
      names.add(file.toUpperCase());
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(entry, createWriteStream(file, { flags: "wx" }), { signal: stop.signal });
      if (entry.header.mtime !== undefined) await utimes(file, entry.header.mtime, entry.header.mtime);
      size += entry.header.size ?? 0;
    }
  } catch (error) {
    failure ??= error;
  }
  parser.destroy();
  await fed;
  if (failure !== undefined) throw asImportError(failure, options.signal);
  if (!watched.isWhole) throw new InvalidArgumentError("the tar is torn: it lacks its end", { op });
  for (const [below, mtime] of folderTimes) await utimes(below, mtime, mtime);
  return { size, names: first };
}

/** Remembers the end of a tar, and looks at the signal. */
class TarTail {
  #tail = Buffer.alloc(0);

  get isWhole(): boolean {
    return this.#tail.length === TRAILER && this.#tail.every((byte) => byte === 0);
  }

  async *through({ tar, signal, onProgress }: PlainImportOptions): AsyncGenerator<Uint8Array, void, undefined> {
    let read = 0;
    let reported = 0;
    for await (const piece of tar) {
      signal?.throwIfAborted();
      read += piece.length;
      this.#tail = Buffer.concat([this.#tail, piece.subarray(-TRAILER)]).subarray(-TRAILER);
      if (read - reported >= PROGRESS_STEP) {
        reported = read;
        onProgress?.(read);
      }
      yield piece;
    }
    signal?.throwIfAborted();
    onProgress?.(read);
  }
}

/** Parts of a name, which all lie below the folder that it is relative to. */
function partsOf(name: string): string[] {
  const parts = name.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  if (/^[\\/]/.test(name) || /^[A-Za-z]:/.test(name)) throw malformed(name, "is an absolute path");
  if (parts.length === 0) return [];
  for (const part of parts) {
    if (part === "..") throw malformed(name, "leaves the layer");
    if (/[:*?"<>|]/.test(part) || /[. ]$/.test(part) || [...part].some((character) => character < " "))
      throw malformed(name, "is a name that Windows cannot have");
  }
  return parts;
}

function asImportError(failure: unknown, signal: AbortSignal | undefined): unknown {
  if (isOrielError(failure)) return failure;
  if (signal?.aborted === true) return new UnavailableError("the import of the layer was cancelled", { op, cause: signal.reason });
  // tar-stream has no error class; what the file system and the source throw has a code or is not its.
  const isParserError = failure instanceof Error && /header|end of data|Invalid tar/i.test(failure.message);
  return isParserError ? new InvalidArgumentError(`the tar is torn or none: ${failure.message}`, { op, cause: failure }) : failure;
}

function malformed(name: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`the tar cannot be a layer: the entry '${name}' ${what}`, { op, resource: name });
}
