import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { InvalidArgumentError, untilAborted } from "@oriel/contracts";
import type { TarMember } from "@oriel/layer-tar";
import { type Ingest, type NamedFile, readSpooled, type SpooledFile } from "../content/content-store.ts";
import { documentLimits, requireAtMost } from "../documents/document-limits.ts";
import { parseJson } from "../documents/json-shape.ts";
import type { UnpackedSize } from "../layers/unpacked-size.ts";
import { decompress } from "../streams/compression.ts";
import { archiveLimits } from "./archive-limits.ts";
import { readArchiveTar } from "./archive-tar.ts";

const op = "image.load";
const maxLinks = 16;
/** Entries between two turns of the event loop: a folder or a link waits for nothing that would make one. */
const entriesPerTurn = 256;

/** What the store has of the layer with this chain id, which an archive may leave out; undefined where it has nothing. */
export type FindStoredLayer = (chainId: string) => Promise<NamedFile | undefined>;

/** The regular files of an image archive, spooled, by the names that they have in it. */
export class ImageArchive {
  readonly #files = new Map<string, SpooledFile>();
  readonly #links = new Map<string, string>();
  #jsonBytes = 0;

  /** A later entry of the same name takes the place of the earlier one, as in an extracted tar; returns what it replaced. */
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
  find(name: string): NamedFile | undefined {
    let current = entryName(name);
    for (let hop = 0; current !== undefined && hop <= maxLinks; hop++) {
      const file = this.#files.get(current);
      if (file !== undefined) return { ...file, name: current };
      current = this.#links.get(current);
    }
    return undefined;
  }

  /** @throws InvalidArgumentError when there is no such entry. @param wantedBy who names it: `manifest.json`. */
  get(name: string, wantedBy: string): NamedFile {
    const file = this.find(name);
    if (file !== undefined) return file;
    throw new InvalidArgumentError(`${wantedBy} names ${JSON.stringify(name)}, which is not in the archive`, {
      op,
      remedy: "the archive may have been cut short: save the image again",
    });
  }

  /** Bytes of a JSON document. @throws InvalidArgumentError naming a document that is too large, or that makes all of them too large. */
  async readBytes(file: NamedFile): Promise<Uint8Array> {
    requireAtMost(documentLimits.maxJsonBytes, file.size, file.name, "bytes of JSON");
    this.#jsonBytes += file.size;
    requireAtMost(archiveLimits.maxJsonBytesInAll, this.#jsonBytes, `the archive up to ${file.name}`, "bytes of JSON in all");
    const chunks: Uint8Array[] = [];
    for await (const chunk of readSpooled(file)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async readJson(file: NamedFile): Promise<unknown> {
    return parseJson(await this.readBytes(file), file.name);
  }
}

/**
 * Reads a tar, plain or compressed, and spools its files; the archive is read once, in the order that it has, to its end.
 *
 * @throws InvalidArgumentError naming the entry where it is torn or no tar; the signal's reason. Errors of the source
 *   come through as they are.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  ingest: Ingest,
  size: UnpackedSize,
  signal: AbortSignal,
): Promise<ImageArchive> {
  const archive = new ImageArchive();
  let entries = 0;
  for await (const entry of readArchiveTar(size.checkArchive(decompress(untilAborted(source, signal), "the archive")))) {
    entries += 1;
    requireAtMost(archiveLimits.maxEntries, entries, `the archive up to ${JSON.stringify(entry.name.slice(0, 200))}`, "entries");
    if (entries % entriesPerTurn === 0) await setImmediate(undefined, { signal });
    const replaced = await takeEntry(archive, entry, ingest);
    if (replaced !== undefined) await ingest.drop(replaced);
  }
  return archive;
}

/** Returns the file whose name the entry took. */
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
