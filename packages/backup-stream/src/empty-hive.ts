import { encodeSddl } from "./sddl.ts";

const baseBlockSize = 4096;
const binSize = 4096;
const none = 0xffff_ffff;

/** Administrators and the system may do everything, with the key and those below it. */
const keySecurity = encodeSddl("O:BAG:BAD:(A;CI;KA;;;BA)(A;CI;KA;;;SY)");

/**
 * A registry hive in Windows' own file format ("regf", version 1.5) that holds nothing but its root key: what the
 * importers of Windows layers look for, in the smallest valid form. The format is Windows' internal one, described at
 * https://github.com/msuhanov/regf/blob/master/Windows%20registry%20file%20format%20specification.md
 *
 * @param rootName name of the root key, ASCII; Windows never reads it
 * @param writtenAt FILETIME of the hive and its root key
 * @param descriptor self-relative security descriptor of the root key
 */
export function encodeEmptyHive(rootName: string, writtenAt: bigint, descriptor: Uint8Array = keySecurity): Uint8Array {
  return Buffer.concat([encodeBaseBlock(writtenAt), encodeBin(rootName, writtenAt, descriptor)]);
}

function encodeBaseBlock(writtenAt: bigint): Buffer {
  const block = Buffer.alloc(baseBlockSize);
  block.write("regf", 0, "latin1");
  // Equal sequence numbers say that the last write was completed.
  block.writeUInt32LE(1, 4);
  block.writeUInt32LE(1, 8);
  block.writeBigUInt64LE(writtenAt, 12);
  block.writeUInt32LE(1, 20);
  block.writeUInt32LE(5, 24);
  block.writeUInt32LE(1, 32); // loaded directly into memory, the only known format
  block.writeUInt32LE(32, 36); // the root key stands right behind the bin's header
  block.writeUInt32LE(binSize, 40);
  block.writeUInt32LE(1, 44);
  block.writeUInt32LE(hiveChecksum(block), 508);
  return block;
}

/** The checksum of a base block: exclusive or of its first 508 bytes as 32-bit words; 0 and -1 are moved out of the way. */
export function hiveChecksum(block: Uint8Array): number {
  const words = new DataView(block.buffer, block.byteOffset, 508);
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= words.getUint32(at, true);
  sum >>>= 0;
  if (sum === 0) return 1;
  return sum === none ? none - 1 : sum;
}

function encodeBin(rootName: string, writtenAt: bigint, descriptor: Uint8Array): Buffer {
  const bin = Buffer.alloc(binSize);
  bin.write("hbin", 0, "latin1");
  bin.writeUInt32LE(binSize, 8);
  bin.writeBigUInt64LE(writtenAt, 20);

  const securityAt = 32 + cellSize(76 + rootName.length);
  const freeAt = securityAt + cellSize(20 + descriptor.length);
  writeCell(bin, 32, encodeRootKey(rootName, writtenAt, securityAt));
  writeCell(bin, securityAt, encodeSecurity(securityAt, descriptor));
  bin.writeInt32LE(binSize - freeAt, freeAt); // a positive size marks free space
  return bin;
}

/** Bytes of a cell for `length` bytes: its own size before them, the whole a multiple of eight. */
function cellSize(length: number): number {
  return Math.ceil((length + 4) / 8) * 8;
}

function writeCell(bin: Buffer, at: number, content: Buffer): void {
  bin.writeInt32LE(-cellSize(content.length), at);
  content.copy(bin, at + 4);
}

function encodeRootKey(name: string, writtenAt: bigint, securityAt: number): Buffer {
  const key = Buffer.alloc(76 + name.length);
  key.write("nk", 0, "latin1");
  key.writeUInt16LE(0x2c, 2); // root of a hive, not to be deleted, name in ASCII
  key.writeBigUInt64LE(writtenAt, 4);
  for (const at of [28, 32, 40, 48]) key.writeUInt32LE(none, at); // no subkeys, volatile ones, values, class
  key.writeUInt32LE(securityAt, 44);
  key.writeUInt16LE(name.length, 72);
  key.write(name, 76, "latin1");
  return key;
}

function encodeSecurity(at: number, descriptor: Uint8Array): Buffer {
  const security = Buffer.alloc(20 + descriptor.length);
  security.write("sk", 0, "latin1");
  security.writeUInt32LE(at, 4); // the list of descriptors is a ring of one
  security.writeUInt32LE(at, 8);
  security.writeUInt32LE(1, 12);
  security.writeUInt32LE(descriptor.length, 16);
  security.set(descriptor, 20);
  return security;
}
