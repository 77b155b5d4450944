import { decodeName } from "./pax-records.ts";
import { BLOCK_SIZE, type TarFault } from "./tar-member.ts";

/** The fields of a header block that Oriel reads or writes. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  /** The type flag: `0`, `5`, `x`, … */
  readonly flag: string;
  readonly linkName: string;
}

const NAME_SIZE = 100;
const CHECKSUM_AT = 148;
const MAGIC_AT = 257;
const PREFIX_AT = 345;
const PREFIX_SIZE = 155;

/** Largest number that eleven octal digits hold. */
export const MAX_OCTAL = 0o77777777777;

/** Whether a name can stand in a header block as it is. */
export function fitsHeader(name: string): boolean {
  return name.length <= NAME_SIZE && /^[\x20-\x7e]*$/.test(name);
}

/** A ustar block. What does not fit is cut or zero: PAX records before the block must say it then. */
export function encodeTarHeader(header: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  block.write(header.name.slice(0, NAME_SIZE), 0, "latin1");
  writeOctal(block, header.mode, 100, 8);
  writeOctal(block, 0, 108, 8);
  writeOctal(block, 0, 116, 8);
  writeOctal(block, header.size, 124, 12);
  writeOctal(block, header.modified, 136, 12);
  block.write(header.flag, 156, "latin1");
  block.write(header.linkName.slice(0, NAME_SIZE), 157, "latin1");
  block.write("ustar\u000000", MAGIC_AT, "latin1");
  writeOctal(block, 0, 329, 8);
  writeOctal(block, 0, 337, 8);
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, CHECKSUM_AT, "latin1");
  return block;
}

/** @throws the fault for a wrong checksum, and for numbers that are none. */
export function decodeTarHeader(block: Buffer, fault: TarFault): TarHeader {
  if (parseOctal(block, CHECKSUM_AT, 8) !== checksum(block)) {
    throw fault("has a header with a wrong checksum: it is damaged, no tar, or still compressed");
  }
  const name = readName(block, 0, NAME_SIZE, fault);
  const prefix = hasPrefix(block) ? readName(block, PREFIX_AT, PREFIX_SIZE, fault) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: readNumber(block, 100, 8, "mode", name, fault),
    size: readNumber(block, 124, 12, "size", name, fault),
    modified: readNumber(block, 136, 12, "time", name, fault),
    flag: String.fromCharCode(block[156] ?? 0),
    linkName: block[157] === 0 ? "" : readName(block, 157, NAME_SIZE, fault),
  };
}

/** Only POSIX' own form has one; GNU's keeps other things there. */
function hasPrefix(block: Buffer): boolean {
  return block[PREFIX_AT] !== 0 && block.toString("latin1", MAGIC_AT, MAGIC_AT + 6) === "ustar\0";
}

function writeOctal(block: Buffer, value: number, at: number, size: number): void {
  block.write(`${value.toString(8).padStart(size - 1, "0")}\0`, at, "latin1");
}

/** Octal digits, or where the first bit is set a big-endian two's complement number (GNU's extension). */
function readNumber(block: Buffer, at: number, size: number, what: string, name: string, fault: TarFault): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = (first & 0x40) === 0 ? BigInt(first & 0x3f) : BigInt(first & 0x3f) - 0x40n;
    for (let index = at + 1; index < at + size; index += 1) value = (value << 8n) | BigInt(block[index] ?? 0);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw fault(`has a ${what} of ${value}, which cannot be`, name);
    return number;
  }
  const number = parseOctal(block, at, size);
  if (number === undefined) throw fault(`has a ${what} that is no number`, name);
  return number;
}

const SPACE = 0x20;
const ZERO = 0x30;

/** Spaces, octal digits, then spaces or NULs to the end of the field; nothing at all is 0. undefined for anything else. */
function parseOctal(block: Buffer, at: number, size: number): number | undefined {
  const end = at + size;
  let index = at;
  while (index < end && block[index] === SPACE) index += 1;
  let number = 0;
  for (; index < end; index += 1) {
    const digit = (block[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 7) break;
    number = number * 8 + digit;
  }
  for (; index < end; index += 1) if (block[index] !== 0 && block[index] !== SPACE) return undefined;
  return number;
}

function readName(block: Buffer, at: number, size: number, fault: TarFault): string {
  const end = block.indexOf(0, at);
  return decodeName(block.subarray(at, end === -1 || end > at + size ? at + size : end), fault);
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * SPACE;
  for (let at = 0; at < CHECKSUM_AT; at += 1) sum += block[at] ?? 0;
  for (let at = CHECKSUM_AT + 8; at < BLOCK_SIZE; at += 1) sum += block[at] ?? 0;
  return sum;
}
