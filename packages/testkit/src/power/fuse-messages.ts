// The kernel's protocol for file systems in user space, as far as a file system of one file needs it: include/uapi/linux/fuse.h.

export const opcodes = {
  lookup: 1,
  forget: 2,
  getAttributes: 3,
  setAttributes: 4,
  open: 14,
  read: 15,
  write: 16,
  statFileSystem: 17,
  release: 18,
  sync: 20,
  flush: 25,
  init: 26,
  openFolder: 27,
  readFolder: 28,
  releaseFolder: 29,
  access: 34,
  interrupt: 36,
  destroy: 38,
  forgetMany: 42,
} as const;

export const errors = { noEntry: 2, notSupported: 38 } as const;

/** Longest write, bytes; a request is that and its headers. */
export const maxWritten = 1024 * 1024;
export const requestSize = maxWritten + 4096;

export const nodes = { root: 1n, file: 2n } as const;

export interface Request {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: bigint;
  readonly body: Buffer;
}

const headerSize = 40;

export function decodeRequest(message: Buffer): Request {
  return {
    opcode: message.readUInt32LE(4),
    unique: message.readBigUInt64LE(8),
    node: message.readBigUInt64LE(16),
    body: message.subarray(headerSize, message.readUInt32LE(0)),
  };
}

export function encodeReply(unique: bigint, body: Uint8Array, error = 0): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(head.length + body.length, 0);
  head.writeInt32LE(-error, 4);
  head.writeBigUInt64LE(unique, 8);
  return Buffer.concat([head, body]);
}

/** Answer to `init`: version 7.31, and writes as long as they may be. */
export function encodeInit(): Buffer {
  const asynchronousReads = 1;
  const bigWrites = 1 << 5;
  const pagesGiven = 1 << 22;
  const body = Buffer.alloc(64);
  body.writeUInt32LE(7, 0);
  body.writeUInt32LE(31, 4);
  body.writeUInt32LE(128 * 1024, 8);
  body.writeUInt32LE(asynchronousReads | bigWrites | pagesGiven, 12);
  body.writeUInt16LE(16, 16);
  body.writeUInt16LE(12, 18);
  body.writeUInt32LE(maxWritten, 20);
  body.writeUInt32LE(1, 24);
  body.writeUInt16LE(maxWritten / 4096, 28);
  return body;
}

/** Never cached: each look is a request. */
export function encodeAttributes(node: bigint, size: number): Buffer {
  const attributes = encodeNode(node, size);
  return Buffer.concat([Buffer.alloc(16), attributes]);
}

export function encodeEntry(node: bigint, size: number): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(node, 0);
  return Buffer.concat([head, encodeNode(node, size)]);
}

function encodeNode(node: bigint, size: number): Buffer {
  const folder = node === nodes.root;
  const body = Buffer.alloc(88);
  body.writeBigUInt64LE(node, 0);
  body.writeBigUInt64LE(BigInt(folder ? 0 : size), 8);
  body.writeBigUInt64LE(BigInt(folder ? 0 : size / 512), 16);
  body.writeUInt32LE(folder ? 0o040755 : 0o100600, 60);
  body.writeUInt32LE(1, 64);
  body.writeUInt32LE(4096, 80);
  return body;
}

/** A file that is read and written without the kernel's cache. */
export function encodeOpen(): Buffer {
  const directly = 1;
  const body = Buffer.alloc(16);
  body.writeUInt32LE(directly, 8);
  return body;
}

/** Of reads and writes alike. */
export function decodeRange(body: Buffer): { readonly offset: number; readonly size: number; readonly data: Buffer } {
  const size = body.readUInt32LE(16);
  return { offset: Number(body.readBigUInt64LE(8)), size, data: body.subarray(40, 40 + size) };
}

export function encodeWritten(size: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(size, 0);
  return body;
}

export function encodeFileSystem(size: number): Buffer {
  const body = Buffer.alloc(80);
  body.writeBigUInt64LE(BigInt(size / 4096), 0);
  body.writeUInt32LE(4096, 40);
  body.writeUInt32LE(255, 44);
  body.writeUInt32LE(4096, 48);
  return body;
}
