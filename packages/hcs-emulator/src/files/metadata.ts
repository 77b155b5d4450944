import { filetimeFromUnixNanoseconds, unixNanosecondsFromFiletime } from "@oriel/backup-stream";

/**
 * What NTFS keeps of a file and the host's file system does not. Times are nanoseconds since 1970.
 */
export interface Metadata {
  /** FILE_ATTRIBUTE_*, as they were set. */
  readonly attributes: number;
  readonly creationTime: bigint;
  readonly lastWriteTime: bigint;
  readonly lastAccessTime: bigint;
  readonly changeTime: bigint;
  /** Of `hostStamp`, when these were set: once that is another, the file was written to since. */
  readonly hostStamp: bigint;
  /** Whether there are `Extras`; they are kept apart, as most files have none of their own. */
  readonly hasExtras: boolean;
}

/** A named data stream beside a file's own. Large ones lie in a file that is named by their content. */
export type AlternateStream = { readonly name: string } & (
  | { readonly data: Uint8Array }
  | { readonly size: number; readonly digest: string }
);

export interface Extras {
  /** Self-relative security descriptor. */
  readonly security: Uint8Array | undefined;
  /** List of FILE_FULL_EA_INFORMATION. */
  readonly extendedAttributes: Uint8Array | undefined;
  /** REPARSE_DATA_BUFFER: the host's link beside it says where it leads, this how Windows wrote that. */
  readonly reparse: Uint8Array | undefined;
  readonly streams: readonly AlternateStream[];
}

export const noExtras: Extras = { security: undefined, extendedAttributes: undefined, reparse: undefined, streams: [] };

/** Since version 2 times are FILETIMEs: nanoseconds in 64 bits end in the year 2262, Windows' times in 30828. */
const version = 2;
const versionOfNanoseconds = 1;
/** With this size, and a name of a few letters, it fits into an inode of ext4. */
export const METADATA_SIZE = 48;

/** Tells one time of the host's last write to a file from another. */
export function hostStamp(mtimeNs: bigint): bigint {
  return BigInt.asIntN(64, mtimeNs);
}

export function encodeMetadata(metadata: Metadata): Buffer {
  const bytes = Buffer.alloc(METADATA_SIZE);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt8(metadata.hasExtras ? 1 : 0, 1);
  bytes.writeUInt32LE(metadata.attributes, 4);
  bytes.writeBigInt64LE(filetimeFromUnixNanoseconds(metadata.creationTime), 8);
  bytes.writeBigInt64LE(filetimeFromUnixNanoseconds(metadata.lastWriteTime), 16);
  bytes.writeBigInt64LE(filetimeFromUnixNanoseconds(metadata.lastAccessTime), 24);
  bytes.writeBigInt64LE(filetimeFromUnixNanoseconds(metadata.changeTime), 32);
  bytes.writeBigInt64LE(metadata.hostStamp, 40);
  return bytes;
}

/** undefined for what was written by another version, or cut short: the file is then as if it had none. */
export function decodeMetadata(bytes: Buffer): Metadata | undefined {
  if (bytes.length < METADATA_SIZE) return undefined;
  const found = bytes.readUInt8(0);
  if (found !== version && found !== versionOfNanoseconds) return undefined;
  const timeAt = (offset: number): bigint => {
    const value = bytes.readBigInt64LE(offset);
    return found === versionOfNanoseconds ? value : unixNanosecondsFromFiletime(value);
  };
  return {
    hasExtras: bytes.readUInt8(1) === 1,
    attributes: bytes.readUInt32LE(4),
    creationTime: timeAt(8),
    lastWriteTime: timeAt(16),
    lastAccessTime: timeAt(24),
    changeTime: timeAt(32),
    hostStamp: bytes.readBigInt64LE(40),
  };
}

const Section = { security: 1, extendedAttributes: 2, reparse: 3, stream: 4, storedStream: 5, stored: 6 } as const;

/** All extras, or where they lie when they were too long for their place: under this digest. */
export type StoredExtras = Extras | { readonly digest: string };

export function encodeExtras(extras: StoredExtras): Buffer {
  if ("digest" in extras) return section(Section.stored, Buffer.from(extras.digest, "hex"));
  const { security, extendedAttributes, reparse, streams } = extras;
  return Buffer.concat([
    ...(security === undefined ? [] : [section(Section.security, security)]),
    ...(extendedAttributes === undefined ? [] : [section(Section.extendedAttributes, extendedAttributes)]),
    ...(reparse === undefined ? [] : [section(Section.reparse, reparse)]),
    ...streams.map(encodeStream),
  ]);
}

export function isEmpty({ security, extendedAttributes, reparse, streams }: Extras): boolean {
  return security === undefined && extendedAttributes === undefined && reparse === undefined && streams.length === 0;
}

function encodeStream(stream: AlternateStream): Buffer {
  const name = Buffer.from(stream.name, "utf8");
  const head = Buffer.alloc(2);
  head.writeUInt16LE(name.length);
  if ("data" in stream) return section(Section.stream, Buffer.concat([head, name, stream.data]));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(stream.size));
  return section(Section.storedStream, Buffer.concat([head, name, size, Buffer.from(stream.digest, "hex")]));
}

function section(kind: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Views of `bytes`. What is cut short counts as absent. */
export function decodeExtras(bytes: Buffer): StoredExtras {
  const found: { security?: Buffer; extendedAttributes?: Buffer; reparse?: Buffer } = {};
  const streams: AlternateStream[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const kind = bytes.readUInt8(at);
    const end = at + 5 + bytes.readUInt32LE(at + 1);
    if (end > bytes.length) break;
    const body = bytes.subarray(at + 5, end);
    at = end;
    if (kind === Section.stored) return { digest: body.toString("hex") };
    if (kind === Section.security) found.security = body;
    if (kind === Section.extendedAttributes) found.extendedAttributes = body;
    if (kind === Section.reparse) found.reparse = body;
    if (kind === Section.stream || kind === Section.storedStream) streams.push(decodeStream(kind, body));
  }
  const { security, extendedAttributes, reparse } = found;
  return { security, extendedAttributes, reparse, streams };
}

function decodeStream(kind: number, body: Buffer): AlternateStream {
  const nameEnd = 2 + body.readUInt16LE(0);
  const name = body.toString("utf8", 2, nameEnd);
  if (kind === Section.stream) return { name, data: body.subarray(nameEnd) };
  return { name, size: Number(body.readBigUInt64LE(nameEnd)), digest: body.toString("hex", nameEnd + 8) };
}
