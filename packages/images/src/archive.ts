import path from "node:path";
import { InvalidArgumentError } from "@oriel/core";
import type { TarMember } from "@oriel/layer-tar";
import { untilAborted } from "./abortable.ts";
import { readArchiveTar } from "./archive-tar.ts";
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
 * Reads a tar, plain or compressed, and spools its files; the archive is read once, in the order that it has, to its end.
 *
 * @throws InvalidArgumentError naming the entry where it is torn or no tar; the signal's reason. Errors of the source
 *   come through as they are.
 */
export async function readArchive(source: AsyncIterable<Uint8Array>, ingest: Ingest, signal: AbortSignal): Promise<ImageArchive> {
  const archive = new ImageArchive();
  for await (const entry of readArchiveTar(decompress(untilAborted(source, signal), "the archive"))) {
    const replaced = await takeEntry(archive, entry, ingest);
    if (replaced !== undefined) await ingest.drop(replaced);
    if (archive.size > maxEntries) throw new InvalidArgumentError(`the archive has more than ${maxEntries} entries`, { op });
  }
  return archive;
}

/** Answers the file whose name the entry took. */
async function takeEntry(archive: ImageArchive, entry: TarMember, ingest: Ingest): Promise<SpooledFile | undefined> {
  const name = entryName(entry.name);
  if (name === undefined) return undefined;
  if (entry.type === "file") return archive.addFile(name, await ingest.write(entry.content));
  const target = linkTarget(entry, name);
  return target === undefined ? undefined : archive.addLink(name, target);
}

/** The name without `./` and the like; undefined for one that would lie outside the archive. */
function entryName(name: string): string | undefined {
  const plain = path.posix.normalize(name).replace(/\/+$/, "");
  return plain === "" || plain === "." || plain === ".." || plain.startsWith("../") || plain.startsWith("/") ? undefined : plain;
}

/** `docker save` before version 25 wrote a layer that two images share once, and relative symbolic links to it. */
function linkTarget({ type, linkName }: TarMember, name: string): string | undefined {
  if (type === "hardlink") return entryName(linkName);
  if (type !== "symlink" || linkName.startsWith("/")) return undefined;
  return entryName(path.posix.join(path.posix.dirname(name), linkName));
}
