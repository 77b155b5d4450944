import { createHash, type Hash } from "node:crypto";
import { closeSync, ftruncateSync, mkdirSync, openSync, renameSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import path from "node:path";
import { BackupStreamDecoder, type BackupStreamEvent, decodeReparse, FileAttribute, StreamAttribute, StreamId } from "@oriel/backup-stream";
import { type BasicInfo, foldName, InvalidArgumentError } from "@oriel/contracts";
import { makeLink } from "../layers/link-targets.ts";
import { blobFile, type FileDescription, type LayerMetadata } from "./layer-metadata.ts";
import type { AlternateStream, Extras } from "./metadata.ts";
import { temporaryName } from "./temporary-name.ts";

/** Longest reparse buffer that Windows accepts (MAXIMUM_REPARSE_DATA_BUFFER_SIZE, ntifs.h). */
const maximumReparse = 16 * 1024;
/** The length field of a descriptor's access list has 16 bits; owner, group and two lists. */
const maximumSecurity = 160 * 1024;
/** All extended attributes of a file together (MAX_EA_SIZE of NTFS). */
const maximumAttributes = 64 * 1024;
/** Alternate streams up to this size are kept with the metadata. */
const smallStream = 1024;

export interface BackupTarget {
  /** Folder of the layer. */
  readonly root: string;
  /** Absolute path. */
  readonly file: string;
  /** The same below the container's root, with `/`: what the targets of links are relative to. */
  readonly name: string;
  /** What was there when it was opened; undefined for what is made now. */
  readonly before: FileDescription | undefined;
  readonly directory: boolean;
}

/** What is gathered before it is kept as a whole. */
interface Gathered {
  readonly pieces: Uint8Array[];
  size: number;
}

/** An alternate stream that is too large to be held: it goes to a file whose name its content makes. */
interface LargeStream {
  readonly descriptor: number;
  readonly file: string;
  readonly hash: Hash;
  size: number;
}

/**
 * A file or directory that takes a backup stream. Data and links become what the host's file system has for them; the
 * rest is metadata, which is written when the file is closed. Synchronous.
 */
export class BackupWriter {
  readonly #target: BackupTarget;
  readonly #metadata: LayerMetadata;
  readonly #descriptor: number | undefined;
  readonly #decoder = new BackupStreamDecoder();
  readonly #gathered = new Map<number, Gathered>();
  readonly #streams: AlternateStream[] = [];
  #large: LargeStream | undefined;
  #position = 0;
  #sparse = false;
  #info: BasicInfo | undefined;

  /** @param descriptor of the open file; undefined for what takes no data. The writer closes it. */
  constructor(target: BackupTarget, metadata: LayerMetadata, descriptor: number | undefined) {
    this.#target = target;
    this.#metadata = metadata;
    this.#descriptor = descriptor;
  }

  /** @throws InvalidArgumentError for what is no backup stream. */
  write(chunk: Uint8Array): void {
    for (const event of this.#decoder.write(chunk)) this.#take(event);
  }

  /** Kept until the file is closed: writing after this would change the times again. */
  setInfo(info: BasicInfo): void {
    this.#info = info;
  }

  /** Whether closing puts a link in the place of the file or directory. */
  get becomesLink(): boolean {
    return this.#link() !== undefined;
  }

  /** Ends the stream and keeps the metadata. Always closes the file. */
  close(): void {
    this.discard();
    const { root, file, name, before, directory } = this.#target;
    const link = this.#link();
    if (link !== undefined && before?.stats.isSymbolicLink() !== true) {
      if (directory) rmdirSync(file);
      else unlinkSync(file);
      makeLink({ root, file, name, target: link });
    }
    this.#keep(link !== undefined);
  }

  /** Closes without keeping anything. */
  discard(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    if (this.#large === undefined) return;
    closeSync(this.#large.descriptor);
    unlinkSync(this.#large.file);
    this.#large = undefined;
  }

  #take(event: BackupStreamEvent): void {
    const { id, size, offset, attributes } = event.header;
    if (id === StreamId.Data) {
      if (event.type === "start") this.#startData(size, (attributes & StreamAttribute.Sparse) !== 0);
      if (event.type === "data") this.#writeData(event.chunk);
    } else if (id === StreamId.SparseBlock) {
      if (event.type === "start") this.#startBlock(offset ?? 0, size);
      if (event.type === "data") this.#writeData(event.chunk);
    } else if (id === StreamId.AlternateData) this.#takeStream(event);
    else if (id === StreamId.Security) this.#gather(event, maximumSecurity);
    else if (id === StreamId.EaData) this.#gather(event, maximumAttributes);
    else if (id === StreamId.ReparseData) this.#gather(event, maximumReparse);
  }

  #startData(size: number, sparse: boolean): void {
    this.#position = 0;
    this.#sparse ||= sparse;
    // It replaces what was there, and that may have been longer.
    if (this.#descriptor !== undefined && this.#target.before !== undefined) ftruncateSync(this.#descriptor, sparse ? 0 : size);
  }

  #startBlock(offset: number, size: number): void {
    this.#position = offset;
    // An empty block at the end gives the size of a file that ends in a hole.
    if (size === 0 && this.#descriptor !== undefined) ftruncateSync(this.#descriptor, offset);
  }

  #writeData(chunk: Uint8Array): void {
    if (this.#descriptor === undefined) return;
    for (let done = 0; done < chunk.length; ) {
      const written = writeSync(this.#descriptor, chunk, done, chunk.length - done, this.#position);
      done += written;
      this.#position += written;
    }
  }

  #gather(event: BackupStreamEvent, most: number): void {
    const { id, size } = event.header;
    if (event.type === "start") {
      if (size > most)
        throw new InvalidArgumentError(`the backup stream has a stream of id ${id} with ${size} bytes`, { op: "BackupWrite" });
      this.#gathered.set(id, { pieces: [], size: 0 });
    }
    if (event.type === "data") this.#gathered.get(id)?.pieces.push(Uint8Array.from(event.chunk));
  }

  #takeStream(event: BackupStreamEvent): void {
    const { name, size } = event.header;
    if (event.type === "start") {
      const at = this.#streams.findIndex((stream) => foldName(stream.name) === foldName(name));
      if (at !== -1) this.#streams.splice(at, 1);
      if (size <= smallStream) this.#gathered.set(StreamId.AlternateData, { pieces: [], size: 0 });
      else this.#large = this.#openLarge();
    }
    if (event.type === "data") {
      if (this.#large === undefined) this.#gathered.get(StreamId.AlternateData)?.pieces.push(Uint8Array.from(event.chunk));
      else this.#writeLarge(this.#large, event.chunk);
    }
    if (event.type !== "end") return;
    if (this.#large === undefined) this.#streams.push({ name, data: this.#bytes(StreamId.AlternateData) ?? new Uint8Array() });
    else this.#streams.push({ name, ...this.#finishLarge(this.#large) });
  }

  #openLarge(): LargeStream {
    const file = temporaryName(blobFile(this.#target.root, "stream"));
    mkdirSync(path.dirname(file), { recursive: true });
    return { descriptor: openSync(file, "w"), file, hash: createHash("sha256"), size: 0 };
  }

  #writeLarge(large: LargeStream, chunk: Uint8Array): void {
    large.hash.update(chunk);
    for (let done = 0; done < chunk.length; ) done += writeSync(large.descriptor, chunk, done);
    large.size += chunk.length;
  }

  #finishLarge({ descriptor, file, hash, size }: LargeStream): { readonly size: number; readonly digest: string } {
    closeSync(descriptor);
    this.#large = undefined;
    const digest = hash.digest("hex");
    renameSync(file, blobFile(this.#target.root, digest));
    return { size, digest };
  }

  #bytes(id: number): Uint8Array | undefined {
    const gathered = this.#gathered.get(id);
    return gathered === undefined ? undefined : Buffer.concat(gathered.pieces);
  }

  /** Target of the link that the reparse point makes; undefined where there is none, or one that the host has no link for. */
  #link(): string | undefined {
    const reparse = this.#bytes(StreamId.ReparseData);
    if (reparse === undefined) return undefined;
    try {
      return decodeReparse(reparse).target;
    } catch {
      return undefined;
    }
  }

  #keep(link: boolean): void {
    const { root, file, before, directory } = this.#target;
    const security = this.#bytes(StreamId.Security);
    const extendedAttributes = this.#bytes(StreamId.EaData);
    const reparse = this.#bytes(StreamId.ReparseData);
    const given = security ?? extendedAttributes ?? reparse;
    const addAttributes =
      (reparse === undefined ? 0 : FileAttribute.ReparsePoint) |
      (this.#sparse ? FileAttribute.SparseFile : 0) |
      (link && directory ? FileAttribute.Directory : 0);
    if (given === undefined && this.#streams.length === 0 && addAttributes === 0 && this.#info === undefined) return;
    const description = before === undefined || link ? undefined : this.#metadata.describe(root, file);
    const old = description === undefined ? undefined : this.#metadata.extras(root, file, description);
    const extras: Extras | undefined =
      given === undefined && this.#streams.length === 0
        ? undefined
        : {
            security: security ?? old?.security,
            extendedAttributes: extendedAttributes ?? old?.extendedAttributes,
            reparse: reparse ?? old?.reparse,
            streams: [...(old?.streams ?? []).filter((stream) => !this.#replaces(stream)), ...this.#streams],
          };
    const change = { info: this.#info, extras, addAttributes };
    if (description === undefined) this.#metadata.writeNew(root, file, change);
    else this.#metadata.write(root, file, change, description);
  }

  #replaces({ name }: AlternateStream): boolean {
    return this.#streams.some((stream) => foldName(stream.name) === foldName(name));
  }
}
