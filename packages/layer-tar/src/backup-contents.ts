import {
  BackupStreamDecoder,
  type BackupStreamEvent,
  decodeExtendedAttributes,
  decodeReparse,
  type ExtendedAttribute,
  type ReparsePoint,
  StreamAttribute,
  type StreamHeader,
  StreamId,
} from "@oriel/backup-stream";
import { InvalidArgumentError } from "@oriel/contracts";

/** Largest description that is read: security descriptors and extended attributes have at most 64 KiB, reparse points 16. */
const MAX_DESCRIPTION = 128 * 1024;
/** A file up to this size is read once and kept until it is written; a larger one is read again for its data. */
const MAX_KEPT = 256 * 1024;

/** An alternate data stream. */
export interface NamedStream {
  /** `Zone.Identifier`, without the colon and the type. */
  readonly name: string;
  readonly size: number;
}

/** What a backup stream holds, put in order. */
export interface BackupContents {
  readonly securityDescriptor: Uint8Array | undefined;
  readonly extendedAttributes: readonly ExtendedAttribute[];
  readonly reparsePoint: ReparsePoint | undefined;
  /** Bytes of the unnamed data, holes of a sparse file counted. */
  readonly size: number;
  readonly streams: readonly NamedStream[];
  /** The unnamed data, with zeros for holes. */
  content(): AsyncIterable<Uint8Array>;
  /** The data of `streams[index]`. */
  streamContent(index: number): AsyncIterable<Uint8Array>;
}

/**
 * Reads a backup stream to its end to learn what is in it: BackupRead gives some descriptions behind the data, and a tar
 * wants them before. Small data is kept, large data is read again when it is asked for.
 *
 * @param open the backup stream from its start; called once, and again for each content asked for of a large file
 * @throws InvalidArgumentError for what is no backup stream, for sparse alternate streams, and for reparse points other
 *   than symbolic links and mount points.
 */
export async function readBackupContents(open: () => AsyncIterable<Uint8Array>): Promise<BackupContents> {
  const descriptions = new Map<number, Uint8Array[]>();
  const streams: NamedStream[] = [];
  let size = 0;
  let kept: BackupStreamEvent[] | undefined = [];
  let keptBytes = 0;
  for await (const event of eventsOf(open())) {
    const { header } = event;
    if (isDescription(header)) {
      if (header.size > MAX_DESCRIPTION) throw malformed(`has a stream of id ${header.id} with ${header.size} bytes`);
      if (event.type === "data") descriptions.set(header.id, [...(descriptions.get(header.id) ?? []), event.chunk]);
      continue;
    }
    if (event.type === "start") {
      if (header.id === StreamId.Data) size = header.size;
      else if (header.id === StreamId.SparseBlock) size = Math.max(size, (header.offset ?? 0) + header.size);
      else if (header.id === StreamId.AlternateData) streams.push(namedStream(header));
    }
    if (event.type === "data") keptBytes += event.chunk.length;
    if (keptBytes > MAX_KEPT) kept = undefined;
    kept?.push(event);
  }
  const events = kept;
  const again = () => (events === undefined ? eventsOf(open()) : replay(events));
  const description = (id: number): Uint8Array | undefined => {
    const parts = descriptions.get(id);
    return parts === undefined || parts.length === 0 ? undefined : Buffer.concat(parts);
  };
  const reparse = description(StreamId.ReparseData);
  return {
    securityDescriptor: description(StreamId.Security),
    extendedAttributes: decodeExtendedAttributes(description(StreamId.EaData) ?? new Uint8Array(0)),
    reparsePoint: reparse === undefined ? undefined : decodeReparse(reparse),
    size,
    streams,
    content: () => unnamedData(again()),
    streamContent: (index) => namedData(again(), index),
  };
}

/**
 * Bytes of a file's unnamed data. Reads no further than it must: for a file that is not sparse, to its data.
 *
 * @throws InvalidArgumentError for what is no backup stream.
 */
export async function readDataSize(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const { type, header } of eventsOf(stream)) {
    if (type !== "start") continue;
    if (header.id === StreamId.Data && (header.attributes & StreamAttribute.Sparse) === 0) return header.size;
    if (header.id === StreamId.SparseBlock) size = Math.max(size, (header.offset ?? 0) + header.size);
  }
  return size;
}

/** The unnamed data of a backup stream, with zeros for holes. */
export async function* unnamedData(events: AsyncIterable<BackupStreamEvent>): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  for await (const event of events) {
    const { header } = event;
    if (header.id === StreamId.SparseBlock && event.type === "start") {
      const offset = header.offset ?? 0;
      if (offset < position) throw malformed(`has a sparse block at ${offset}, before the end of the one before it`);
      yield* zeros(offset - position);
      position = offset;
    }
    if (event.type !== "data" || (header.id !== StreamId.Data && header.id !== StreamId.SparseBlock)) continue;
    position += event.chunk.length;
    yield event.chunk;
  }
}

export async function* eventsOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<BackupStreamEvent, void, undefined> {
  const decoder = new BackupStreamDecoder();
  for await (const chunk of stream) yield* decoder.write(chunk);
  decoder.end();
}

async function* replay(events: readonly BackupStreamEvent[]): AsyncGenerator<BackupStreamEvent, void, undefined> {
  yield* events;
}

async function* namedData(events: AsyncIterable<BackupStreamEvent>, wanted: number): AsyncGenerator<Uint8Array, void, undefined> {
  let index = -1;
  for await (const event of events) {
    if (event.header.id !== StreamId.AlternateData) continue;
    if (event.type === "start") index += 1;
    if (index > wanted) return;
    if (index === wanted && event.type === "data") yield event.chunk;
  }
}

const ZEROS = new Uint8Array(64 * 1024);

function* zeros(count: number): Generator<Uint8Array, void, undefined> {
  for (let left = count; left > 0; left -= ZEROS.length) yield left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS;
}

function isDescription({ id }: StreamHeader): boolean {
  return id === StreamId.Security || id === StreamId.EaData || id === StreamId.ReparseData;
}

function namedStream({ name, size, attributes }: StreamHeader): NamedStream {
  const plain = name.replace(/^:/, "").replace(/:\$DATA$/i, "");
  if ((attributes & StreamAttribute.Sparse) !== 0) throw malformed(`has the sparse stream '${plain}', which a tar cannot hold`);
  return { name: plain, size };
}

function malformed(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`the backup stream ${what}`, { op: "layer.export" });
}
