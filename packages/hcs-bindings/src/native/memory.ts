import type { TypeObject } from "koffi";
import { koffi } from "./koffi.ts";

/** The text at an address, up to its NUL; null for the address 0. */
export function textAt(address: number | bigint): string | null {
  return BigInt(address) === 0n ? null : koffi().decode.string16(BigInt(address));
}

/** A structure as the bytes that a `void *` parameter takes. */
export function bytesOf(type: TypeObject, value: object): Uint8Array {
  const bytes = new Uint8Array(type.size);
  koffi().encode(bytes, type, value);
  return bytes;
}
