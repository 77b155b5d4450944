import type { TarFault } from "./tar-member.ts";

/** Bytes that the records of one member may have: a security descriptor and extended attributes fit many times. */
export const MAX_PAX_SIZE = 1024 * 1024;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** The body of a PAX extended header: `length key=value` and a line feed for each record, in the order given. */
export function encodePaxRecords(records: ReadonlyMap<string, string>): Buffer {
  return Buffer.from([...records].map(([key, value]) => encodeRecord(key, value)).join(""), "utf8");
}

/** The length counts its own digits. */
function encodeRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest, "utf8");
  let total = size + String(size).length;
  if (String(total).length > String(size).length) total = size + String(total).length;
  return `${total}${rest}`;
}

/**
 * The records of a PAX extended header; a key that stands twice has its last value.
 *
 * @throws InvalidArgumentError for a length that does not fit, and for names that are no UTF-8 or contain NUL.
 */
export function parsePaxRecords(body: Uint8Array, fault: TarFault): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = space === -1 ? "" : lenient.decode(body.subarray(at, Math.min(space, at + 10)));
    if (!/^[1-9]\d*$/.test(digits)) throw fault("has a PAX record without a length");
    const end = at + Number(digits);
    const equals = body.indexOf(0x3d, space);
    if (end > body.length || body[end - 1] !== 0x0a || equals === -1 || equals >= end || equals === space + 1) {
      throw fault("has a PAX record whose length does not fit");
    }
    const key = lenient.decode(body.subarray(space + 1, equals));
    records.set(key, decodeValue(key, body.subarray(equals + 1, end - 1), fault));
    at = end;
  }
  return records;
}

/** Names must be what they seem; other values are free (some tools write binary ones) and are read where they are used. */
function decodeValue(key: string, value: Uint8Array, fault: TarFault): string {
  if (key !== "path" && key !== "linkpath") return lenient.decode(value);
  return decodeName(value, fault);
}

/** @throws InvalidArgumentError for bytes that are no UTF-8, and for NUL. */
export function decodeName(bytes: Uint8Array, fault: TarFault): string {
  if (bytes.includes(0)) throw fault("has a name with NUL in it", lenient.decode(bytes));
  try {
    return strict.decode(bytes);
  } catch {
    throw fault("has a name that is not UTF-8", lenient.decode(bytes));
  }
}
