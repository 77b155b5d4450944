import path from "node:path";
import { InvalidArgumentError } from "@oriel/core";
import { type Extract, extract, type Header } from "tar-stream";
import { untilAborted } from "./abortable.ts";
import { decompress } from "./compression.ts";
import { type Ingest, readSpooled, type SpooledFile } from "./content-store.ts";
import { parseJson } from "./json-shape.ts";

const op = "image.load";
/** An archive of a hundred images with a hundred layers each has some 30 000 entries. */
const maxEntries = 100_000;
const maxLinks = 16;
/** Configurations and manifests are read into memory; the OCI distribution spec has registries take at least 4 MiB. */
const maxJsonBytes = 8 * 1024 * 1024;

export interface ArchiveFile extends SpooledFile {
  /** The entry's name in the archive, after links. */
  readonly name: string;
}

/** The regular files of an image archive, spooled, by the names that they have in it. */
export class ImageArchive {
  readonly #files = new Map<string, SpooledFile>();
  readonly #links = new Map<string, string>();

  get size(): number {
    return this.#files.size + this.#links.size;
  }

  /** A later entry of the same name takes the place of the earlier one, as in an extracted tar; answers what it replaced. */
  addFile(name: string, file: SpooledFile): SpooledFile | undefined {
    const former = this.#files.get(name);
    this.#links.delete(name);
    this.#files.set(name, file);
    return former;
  }

  /** @param target an entry of this archive. */
  addLink(name: string, target: string): SpooledFile | undefined {
    const former = this.#files.get(name);
    this.#files.delete(name);
    this.#links.set(name, target);
    return former;
  }

  /** Follows links, which never lead out of the archive: a target is an entry's name and nothing else. */
  find(name: string): ArchiveFile | undefined {
    let current = entryName(name);
    for (let hop = 0; current !== undefined && hop <= maxLinks; hop++) {
      const file = this.#files.get(current);
      if (file !== undefined) return { ...file, name: current };
      current = this.#links.get(current);
    }
    return undefined;
  }

  /** @throws InvalidArgumentError when there is no such entry. @param wantedBy who names it: `manifest.json`. */
  get(name: string, wantedBy: string): ArchiveFile {
    const file = this.find(name);
    if (file !== undefined) return file;
    throw new InvalidArgumentError(`${wantedBy} names ${JSON.stringify(name)}, which is not in the archive`, {
      op,
      remedy: "the archive may have been cut short: save the image again",
    });
  }
}

/** @throws InvalidArgumentError for a file too large to be JSON of an image. */
export async function readBytes(file: ArchiveFile): Promise<Uint8Array> {
  if (file.size > maxJsonBytes) {
    throw new InvalidArgumentError(`${file.name} has ${file.size} bytes; JSON of an image has at most ${maxJsonBytes}`, { op });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readSpooled(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function readJson(file: ArchiveFile): Promise<unknown> {
  return parseJson(await readBytes(file), file.name);
}

/**
 * Reads a tar, plain or compressed, and spools its files; the archive is read once, in the order that it has.
 *
 * @throws InvalidArgumentError naming the entry where it is torn or no tar; the signal's reason. Errors of the source
 *   come through as they are.
 */
export async function readArchive(source: AsyncIterable<Uint8Array>, ingest: Ingest, signal: AbortSignal): Promise<ImageArchive> {
  const archive = new ImageArchive();
  const tar = extract();
  // The reader tells its entries only that they were destroyed; why, it tells here.
  let readerFault: unknown;
  tar.on("error", (error) => {
    readerFault = error;
  });
  const closed = new Promise<void>((resolve) => tar.on("close", () => resolve()));
  const stop = new AbortController();
  const feeding = feed(decompress(untilAborted(source, AbortSignal.any([signal, stop.signal])), "the archive"), tar);
  let reading = "its first header";
  try {
    for await (const entry of tar) {
      reading = `entry ${JSON.stringify(entry.header.name)}`;
      await takeEntry(archive, entry.header, entry as AsyncIterable<Uint8Array>, ingest);
      reading = `what follows ${reading}`;
    }
    await feeding.ended;
    return archive;
  } catch (error) {
    tar.destroy();
    const sourceFault = feeding.fault();
    stop.abort();
    await Promise.all([feeding.ended, closed]);
    if (sourceFault !== undefined) throw sourceFault.error;
    if (!isReaderFault(error)) throw error;
    const cause = readerFault ?? error;
    throw new InvalidArgumentError(`the archive is broken at ${reading}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      op,
      cause,
      remedy: "it must be the output of `docker save` or a tar of an OCI layout; it may have been cut short",
    });
  }
}

interface Feeding {
  /** Never rejects. */
  readonly ended: Promise<void>;
  /** What the source failed with, once it did. */
  fault(): { readonly error: unknown } | undefined;
}

/** Writes `source` into `tar` with back-pressure, until either has ended. */
function feed(source: AsyncIterable<Uint8Array>, tar: Extract): Feeding {
  let fault: { readonly error: unknown } | undefined;
  const run = async () => {
    try {
      for await (const chunk of source) {
        if (tar.destroyed) return;
        if (!tar.write(chunk)) await drained(tar);
      }
      if (!tar.destroyed) tar.end(null);
    } catch (error) {
      fault = { error };
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return { ended: run(), fault: () => fault };
}

function drained(tar: Extract): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      tar.off("drain", settle);
      tar.off("close", settle);
      resolve();
    };
    tar.on("drain", settle);
    tar.on("close", settle);
    if (tar.destroyed) settle();
  });
}

async function takeEntry(archive: ImageArchive, header: Header, content: AsyncIterable<Uint8Array>, ingest: Ingest): Promise<void> {
  const name = entryName(header.name);
  const target = linkTarget(header.type, name, header.linkname ?? "");
  let replaced: SpooledFile | undefined;
  if (name !== undefined && (header.type === "file" || header.type === "contiguous-file")) {
    replaced = archive.addFile(name, await ingest.write(content));
  } else {
    for await (const _ of content);
    if (name !== undefined && target !== undefined) replaced = archive.addLink(name, target);
  }
  if (replaced !== undefined) await ingest.drop(replaced);
  if (archive.size > maxEntries) throw new InvalidArgumentError(`the archive has more than ${maxEntries} entries`, { op });
}

/** The name without `./` and the like; undefined for one that would lie outside the archive. */
function entryName(name: string): string | undefined {
  const plain = path.posix.normalize(name).replace(/\/+$/, "");
  return plain === "" || plain === "." || plain === ".." || plain.startsWith("../") || plain.startsWith("/") ? undefined : plain;
}

/** `docker save` before version 25 wrote a layer that two images share once, and relative symbolic links to it. */
function linkTarget(type: Header["type"], name: string | undefined, target: string): string | undefined {
  if (name === undefined || target === "") return undefined;
  if (type === "link") return entryName(target);
  if (type === "symlink" && !target.startsWith("/")) return entryName(path.posix.join(path.posix.dirname(name), target));
  return undefined;
}

/** The tar reader throws plain errors, the streams it is made of StreamError; a full disk or an error of our own is not theirs. */
function isReaderFault(error: unknown): boolean {
  if (!(error instanceof Error) || "syscall" in error) return false;
  return error.constructor === Error || error.name === "StreamError";
}
