import { closeSync, openSync, readlinkSync, readSync } from "node:fs";
import { encodeReparse, encodeStream, encodeStreamHeader, FileAttribute, StreamAttribute, StreamId } from "@oriel/backup-stream";
import type { Posix } from "../native/posix.ts";
import { defaultSecurity } from "./default-security.ts";
import type { FileDescription, LayerMetadata } from "./layer-metadata.ts";
import type { AlternateStream, Extras } from "./metadata.ts";

export interface BackupSource {
  /** Folder of the layer. */
  readonly root: string;
  /** Absolute path. */
  readonly file: string;
  readonly description: FileDescription;
}

/** What comes next of a stream: bytes at hand, or a range of an open file. */
type Segment = { readonly bytes: Uint8Array } | { readonly descriptor: number; position: number; readonly end: number };

/** The backup stream of a file or directory, in the order of Windows' own exporters. Synchronous. */
export class BackupReader {
  readonly #source: BackupSource;
  readonly #metadata: LayerMetadata;
  readonly #system: Posix;
  /** Of the unnamed data; undefined for what has none. The reader closes it. */
  readonly #descriptor: number | undefined;
  readonly #segments: Generator<Segment, void, undefined>;
  #rest: Uint8Array | undefined;
  #range: { readonly descriptor: number; position: number; readonly end: number } | undefined;
  #streamDescriptor: number | undefined;

  constructor(source: BackupSource, metadata: LayerMetadata, system: Posix, descriptor: number | undefined) {
    this.#source = source;
    this.#metadata = metadata;
    this.#system = system;
    this.#descriptor = descriptor;
    this.#segments = this.#walk();
  }

  get description(): FileDescription {
    return this.#source.description;
  }

  /** Fills `into` as far as the stream goes; returns the bytes, 0 at its end. */
  read(into: Uint8Array): number {
    let size = 0;
    while (size < into.length) {
      if (this.#rest !== undefined) {
        const taken = this.#rest.subarray(0, into.length - size);
        into.set(taken, size);
        size += taken.length;
        this.#rest = taken.length < this.#rest.length ? this.#rest.subarray(taken.length) : undefined;
      } else if (this.#range !== undefined && this.#range.position < this.#range.end) {
        size += this.#readRange(this.#range, into, size);
      } else {
        const next = this.#segments.next();
        if (next.done === true) break;
        if ("bytes" in next.value) this.#rest = next.value.bytes.length === 0 ? undefined : next.value.bytes;
        else this.#range = next.value;
      }
    }
    return size;
  }

  /** Whoever shortens a file while it is read: what its header promised is made up of zeros. */
  #readRange(range: { readonly descriptor: number; position: number; readonly end: number }, into: Uint8Array, at: number): number {
    const wanted = Math.min(into.length - at, range.end - range.position);
    const got = readSync(range.descriptor, into, at, wanted, range.position);
    if (got === 0) into.fill(0, at, at + wanted);
    const size = got === 0 ? wanted : got;
    range.position += size;
    return size;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#closeStream();
  }

  #closeStream(): void {
    if (this.#streamDescriptor !== undefined) closeSync(this.#streamDescriptor);
    this.#streamDescriptor = undefined;
  }

  *#walk(): Generator<Segment, void, undefined> {
    const { root, file, description } = this.#source;
    const extras = this.#metadata.extras(root, file, description);
    const directory = (description.attributes & FileAttribute.Directory) !== 0;
    yield {
      bytes: encodeStream(
        { id: StreamId.Security, attributes: StreamAttribute.ContainsSecurity },
        extras.security ?? defaultSecurity(directory),
      ),
    };
    if (extras.extendedAttributes !== undefined) yield { bytes: encodeStream({ id: StreamId.EaData }, extras.extendedAttributes) };
    const reparse = this.#reparse(extras);
    if (reparse !== undefined) yield { bytes: encodeStream({ id: StreamId.ReparseData }, reparse) };
    yield* this.#data(description);
    for (const stream of extras.streams) yield* this.#stream(stream);
  }

  /** What it was made of; of a link that was made otherwise, what would make it. */
  #reparse({ reparse }: Extras): Uint8Array | undefined {
    const { file, description } = this.#source;
    if (reparse !== undefined || !description.stats.isSymbolicLink()) return reparse;
    return encodeReparse({ kind: "symlink", target: readlinkSync(file).replaceAll("/", "\\") });
  }

  *#data({ stats, attributes }: FileDescription): Generator<Segment, void, undefined> {
    if (this.#descriptor === undefined) return;
    const size = Number(stats.size);
    if ((attributes & FileAttribute.SparseFile) === 0) {
      yield { bytes: encodeStreamHeader({ id: StreamId.Data, size }) };
      yield { descriptor: this.#descriptor, position: 0, end: size };
      return;
    }
    yield { bytes: encodeStreamHeader({ id: StreamId.Data, size: 0, attributes: StreamAttribute.Sparse }) };
    for (let at = 0; at < size; ) {
      const start = this.#system.seek(this.#descriptor, at, "data");
      if (start === undefined || start >= size) break;
      const end = Math.min(this.#system.seek(this.#descriptor, start, "hole") ?? size, size);
      yield { bytes: encodeStreamHeader({ id: StreamId.SparseBlock, size: end - start, offset: start }) };
      yield { descriptor: this.#descriptor, position: start, end };
      at = end;
    }
    yield { bytes: encodeStreamHeader({ id: StreamId.SparseBlock, size: 0, offset: size }) };
  }

  *#stream(stream: AlternateStream): Generator<Segment, void, undefined> {
    if ("data" in stream) {
      yield { bytes: encodeStream({ id: StreamId.AlternateData, name: stream.name }, stream.data) };
      return;
    }
    const { name, size, digest } = stream;
    this.#streamDescriptor = openSync(this.#metadata.blob(this.#source.root, digest), "r");
    yield { bytes: encodeStreamHeader({ id: StreamId.AlternateData, name, size }) };
    yield { descriptor: this.#streamDescriptor, position: 0, end: size };
    this.#closeStream();
  }
}
