import { InvalidArgumentError } from "@oriel/contracts";

/** `dwStreamId` of WIN32_STREAM_ID. */
export const StreamId = {
  Data: 1,
  EaData: 2,
  Security: 3,
  AlternateData: 4,
  Link: 5,
  PropertyData: 6,
  ObjectId: 7,
  ReparseData: 8,
  SparseBlock: 9,
  TxfsData: 10,
} as const;

/** Bits of `dwStreamAttributes`. */
export const StreamAttribute = {
  None: 0,
  ModifiedWhenRead: 1,
  ContainsSecurity: 2,
  ContainsProperties: 4,
  /** The data follows as sparse blocks instead of in the stream itself. */
  Sparse: 8,
} as const;

/** WIN32_STREAM_ID: what stands before the bytes of one stream. */
export interface StreamHeader {
  /** One of {@link StreamId}. */
  readonly id: number;
  /** Bits of {@link StreamAttribute}. */
  readonly attributes: number;
  /** Bytes of data that follow. For a sparse block without the 8 bytes of its offset. */
  readonly size: number;
  /** `""`, or for an alternate data stream `:name:$DATA`. */
  readonly name: string;
  /** Sparse blocks only: where in the file the bytes belong. A block of size 0 at the file's size ends the list. */
  readonly offset?: number | undefined;
}

/** Size of WIN32_STREAM_ID without the name. */
export const STREAM_HEADER_SIZE = 20;

/** Bytes of the offset that stands between the header of a sparse block and its data. */
export const SPARSE_OFFSET_SIZE = 8;

/** Longest name in bytes: a path component has at most 255 characters, `:` before it and `:$DATA` behind it. */
export const MAX_STREAM_NAME_SIZE = 2 * (255 + 1 + 6);

/** What a caller gives to have a header encoded: absent attributes are 0, an absent name is `""`. */
export type StreamHeaderInit = Pick<StreamHeader, "id" | "size"> & Partial<StreamHeader>;

/**
 * The bytes before a stream's data: WIN32_STREAM_ID, its name, and for a sparse block the offset.
 *
 * @throws InvalidArgumentError for an unknown id, a size that is no whole number, or a name that is too long.
 */
export function encodeStreamHeader(header: StreamHeaderInit): Uint8Array {
  const { id, size, attributes = 0, name = "", offset } = header;
  const fault = findFault({ id, attributes, size, name, offset });
  if (fault !== undefined) throw new InvalidArgumentError(`cannot encode a backup stream header: ${fault}`, { op: "backup-stream.encode" });
  const nameSize = name.length * 2;
  const prefix = offset === undefined ? 0 : SPARSE_OFFSET_SIZE;
  const bytes = Buffer.alloc(STREAM_HEADER_SIZE + nameSize + prefix);
  bytes.writeUInt32LE(id, 0);
  bytes.writeUInt32LE(attributes, 4);
  bytes.writeBigUInt64LE(BigInt(size + prefix), 8);
  bytes.writeUInt32LE(nameSize, 16);
  bytes.write(name, STREAM_HEADER_SIZE, "utf16le");
  if (offset !== undefined) bytes.writeBigUInt64LE(BigInt(offset), STREAM_HEADER_SIZE + nameSize);
  return bytes;
}

/** A whole stream whose data is at hand: header and data. */
export function encodeStream(header: Omit<StreamHeaderInit, "size">, data: Uint8Array): Uint8Array {
  return Buffer.concat([encodeStreamHeader({ ...header, size: data.length }), data]);
}

function findFault({ id, attributes, size, name, offset }: StreamHeader): string | undefined {
  if (!isKnownStreamId(id)) return `${id} is not a stream id (1 to 10)`;
  if (!isUnsigned(attributes) || attributes > 0xffffffff) return `attributes ${attributes} do not fit 32 bits`;
  if (!isUnsigned(size)) return `size ${size} is not a whole number of bytes`;
  if (name.length * 2 > MAX_STREAM_NAME_SIZE) return `the name has ${name.length} characters, more than ${MAX_STREAM_NAME_SIZE / 2}`;
  if ((id === StreamId.SparseBlock) !== (offset !== undefined)) return "an offset belongs to sparse blocks, and only to them";
  if (offset !== undefined && !isUnsigned(offset)) return `offset ${offset} is not a whole number of bytes`;
  return undefined;
}

export function isKnownStreamId(id: number): boolean {
  return Number.isInteger(id) && id >= StreamId.Data && id <= StreamId.TxfsData;
}

function isUnsigned(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
