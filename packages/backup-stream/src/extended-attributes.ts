import { InvalidArgumentError } from "@oriel/contracts";

/** One extended attribute of NTFS. */
export interface ExtendedAttribute {
  /** 1 to 255 bytes of UTF-8; NTFS compares names without regard to case. */
  readonly name: string;
  /** At most 65535 bytes. */
  readonly value: Uint8Array;
  /** 0, or 0x80 (FILE_NEED_EA): who cannot understand it must not open the file. */
  readonly flags?: number;
}

const HEADER_SIZE = 8;
const ENCODE_OP = "extended-attributes.encode";
const DECODE_OP = "extended-attributes.decode";

/**
 * A list of FILE_FULL_EA_INFORMATION: the data of a stream of id 2. The last entry is padded like the others.
 *
 * @throws InvalidArgumentError for a name or value that is too long, and for an empty name.
 */
export function encodeExtendedAttributes(attributes: readonly ExtendedAttribute[]): Uint8Array {
  return Buffer.concat(
    attributes.map(({ name, value, flags = 0 }, index) => {
      const nameBytes = Buffer.from(name, "utf8");
      if (nameBytes.length === 0 || nameBytes.length > 255 || nameBytes.includes(0)) {
        throw new InvalidArgumentError(`the extended attribute name '${name}' is not of 1 to 255 bytes without NUL`, { op: ENCODE_OP });
      }
      if (value.length > 0xffff) {
        throw new InvalidArgumentError(`the extended attribute '${name}' has ${value.length} bytes, more than 65535`, { op: ENCODE_OP });
      }
      const size = padded(HEADER_SIZE + nameBytes.length + 1 + value.length);
      const entry = Buffer.alloc(size);
      entry.writeUInt32LE(index === attributes.length - 1 ? 0 : size, 0);
      entry.writeUInt8(flags, 4);
      entry.writeUInt8(nameBytes.length, 5);
      entry.writeUInt16LE(value.length, 6);
      entry.set(nameBytes, HEADER_SIZE);
      entry.set(value, HEADER_SIZE + nameBytes.length + 1);
      return entry;
    }),
  );
}

/**
 * The inverse of {@link encodeExtendedAttributes}. Values are views of `bytes`.
 *
 * @throws InvalidArgumentError for a list that does not fit its bytes.
 */
export function decodeExtendedAttributes(bytes: Uint8Array): Required<ExtendedAttribute>[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes: Required<ExtendedAttribute>[] = [];
  for (let at = 0; at < view.length; ) {
    if (view.length - at < HEADER_SIZE) throw malformed("ends within an entry", at);
    const next = view.readUInt32LE(at);
    const nameEnd = at + HEADER_SIZE + view.readUInt8(at + 5);
    const valueEnd = nameEnd + 1 + view.readUInt16LE(at + 6);
    if (valueEnd > view.length) throw malformed("has an entry longer than the list", at);
    attributes.push({
      name: view.toString("utf8", at + HEADER_SIZE, nameEnd),
      value: bytes.subarray(nameEnd + 1, valueEnd),
      flags: view.readUInt8(at + 4),
    });
    if (next === 0) break;
    if (at + next < valueEnd) throw malformed("has entries that overlap", at);
    at += next;
    if (at >= view.length) throw malformed("names an entry behind its end", at);
  }
  return attributes;
}

function padded(size: number): number {
  return (size + 3) & ~3;
}

function malformed(what: string, at: number): InvalidArgumentError {
  return new InvalidArgumentError(`the list of extended attributes ${what} (near byte ${at})`, { op: DECODE_OP });
}
