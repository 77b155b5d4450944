import { InvalidArgumentError } from "@oriel/contracts";
import {
  isKnownStreamId,
  MAX_STREAM_NAME_SIZE,
  SPARSE_OFFSET_SIZE,
  STREAM_HEADER_SIZE,
  type StreamHeader,
  StreamId,
} from "./stream-header.ts";

/**
 * What a backup stream consists of, in order: for each stream one `start`, its bytes in any number of `data` (none for
 * an empty stream), one `end`.
 */
export type BackupStreamEvent =
  | { readonly type: "start"; readonly header: StreamHeader }
  /** A view of the chunk given to `write`, not a copy. */
  | { readonly type: "data"; readonly header: StreamHeader; readonly chunk: Uint8Array }
  | { readonly type: "end"; readonly header: StreamHeader };

const op = "backup-stream.decode";

/**
 * Takes a backup stream apart, as BackupRead gives it and BackupWrite takes it. Chunks may be cut anywhere; nothing but
 * a header that is not yet whole is kept.
 *
 * ```ts
 * const decoder = new BackupStreamDecoder();
 * for await (const chunk of source) for (const event of decoder.write(chunk)) handle(event);
 * decoder.end();
 * ```
 */
export class BackupStreamDecoder {
  readonly #pending = Buffer.alloc(STREAM_HEADER_SIZE + MAX_STREAM_NAME_SIZE + SPARSE_OFFSET_SIZE);
  #pendingSize = 0;
  #wanted = STREAM_HEADER_SIZE;
  #current: StreamHeader | undefined;
  #left = 0;
  #position = 0;

  /** Whether everything written so far makes whole streams: true at the start, and after each `end` event. */
  get atBoundary(): boolean {
    return this.#current === undefined && this.#pendingSize === 0;
  }

  /**
   * The events that the chunk completes.
   *
   * @throws InvalidArgumentError for what cannot be a backup stream, with the position; the decoder is of no use then.
   */
  write(chunk: Uint8Array): BackupStreamEvent[] {
    const events: BackupStreamEvent[] = [];
    let at = 0;
    while (at < chunk.length) {
      const taken = this.#current === undefined ? this.#takeHeader(chunk, at, events) : this.#takeData(this.#current, chunk, at, events);
      at += taken;
      this.#position += taken;
    }
    return events;
  }

  /** @throws InvalidArgumentError when the streams written so far end within a header or within data. */
  end(): void {
    if (this.#current !== undefined) {
      throw this.#malformed(`ends ${this.#left} bytes before the end of its stream ${describe(this.#current)}`);
    }
    if (this.#pendingSize > 0) throw this.#malformed("ends within a stream header");
  }

  #takeHeader(chunk: Uint8Array, at: number, events: BackupStreamEvent[]): number {
    const taken = Math.min(this.#wanted - this.#pendingSize, chunk.length - at);
    this.#pending.set(chunk.subarray(at, at + taken), this.#pendingSize);
    this.#pendingSize += taken;
    if (this.#pendingSize < this.#wanted) return taken;
    if (this.#wanted === STREAM_HEADER_SIZE) {
      this.#wanted += this.#sizeOfRest();
      if (this.#pendingSize < this.#wanted) return taken;
    }
    const header = this.#readHeader();
    this.#pendingSize = 0;
    this.#wanted = STREAM_HEADER_SIZE;
    events.push({ type: "start", header });
    if (header.size === 0) events.push({ type: "end", header });
    else {
      this.#current = header;
      this.#left = header.size;
    }
    return taken;
  }

  /** Bytes of name and sparse offset, once the fixed part of the header is there. */
  #sizeOfRest(): number {
    const id = this.#pending.readUInt32LE(0);
    const nameSize = this.#pending.readUInt32LE(16);
    if (!isKnownStreamId(id)) throw this.#malformed(`has a stream of unknown id ${id}`);
    if (nameSize > MAX_STREAM_NAME_SIZE || nameSize % 2 !== 0) throw this.#malformed(`has a stream name of ${nameSize} bytes`);
    return nameSize + (id === StreamId.SparseBlock ? SPARSE_OFFSET_SIZE : 0);
  }

  #readHeader(): StreamHeader {
    const id = this.#pending.readUInt32LE(0);
    const sparse = id === StreamId.SparseBlock;
    const nameEnd = this.#wanted - (sparse ? SPARSE_OFFSET_SIZE : 0);
    const size = this.#readSize(8, "size") - (sparse ? SPARSE_OFFSET_SIZE : 0);
    if (size < 0) throw this.#malformed("has a sparse block without an offset");
    return {
      id,
      attributes: this.#pending.readUInt32LE(4),
      size,
      name: this.#pending.toString("utf16le", STREAM_HEADER_SIZE, nameEnd),
      ...(sparse ? { offset: this.#readSize(nameEnd, "offset") } : {}),
    };
  }

  #readSize(at: number, what: string): number {
    const value = this.#pending.readBigUInt64LE(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#malformed(`has a stream with ${what} ${value}`);
    return Number(value);
  }

  #takeData(header: StreamHeader, chunk: Uint8Array, at: number, events: BackupStreamEvent[]): number {
    const taken = Math.min(this.#left, chunk.length - at);
    events.push({ type: "data", header, chunk: chunk.subarray(at, at + taken) });
    this.#left -= taken;
    if (this.#left === 0) {
      this.#current = undefined;
      events.push({ type: "end", header });
    }
    return taken;
  }

  #malformed(what: string): InvalidArgumentError {
    return new InvalidArgumentError(`the backup stream ${what} (near byte ${this.#position})`, { op });
  }
}

function describe(header: StreamHeader): string {
  return header.name === "" ? `of id ${header.id}` : `'${header.name}'`;
}
