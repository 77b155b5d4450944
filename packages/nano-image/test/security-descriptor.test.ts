import { expect, it } from "vitest";
import { fileSecurity, folderSecurity } from "../src/security-descriptor.ts";

it("folders and files have the descriptors of Windows' own images", () => {
  expect(toSddl(folderSecurity)).toBe(
    "O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)",
  );
  expect(toSddl(fileSecurity)).toBe("O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)");
});

const names: Record<string, string> = { "S-1-5-32-544": "BA", "S-1-5-32-545": "BU", "S-1-3-0": "CO", "S-1-5-18": "SY" };
const rights: Record<number, string> = { 2032127: "FA", 268435456: "GA", 4: "LC", 2: "DC" };

function toSddl(descriptor: Uint8Array): string {
  const bytes = Buffer.from(descriptor);
  const list = bytes.readUInt32LE(16);
  let at = list + 8;
  let entries = "";
  for (let left = bytes.readUInt16LE(list + 4); left > 0; left -= 1) {
    const flags = bytes.readUInt8(at + 1);
    const inherit = `${flags & 1 ? "OI" : ""}${flags & 2 ? "CI" : ""}${flags & 8 ? "IO" : ""}`;
    const mask = bytes.readUInt32LE(at + 4);
    entries += `(A;${inherit};${rights[mask] ?? `0x${mask.toString(16)}`};;;${readSid(bytes, at + 8)})`;
    at += bytes.readUInt16LE(at + 2);
  }
  expect(at).toBe(list + bytes.readUInt16LE(list + 2));
  expect(at).toBe(bytes.length);
  return `O:${readSid(bytes, bytes.readUInt32LE(4))}G:${readSid(bytes, bytes.readUInt32LE(8))}D:${entries}`;
}

function readSid(bytes: Buffer, at: number): string {
  const parts = Array.from({ length: bytes.readUInt8(at + 1) }, (_, index) => bytes.readUInt32LE(at + 8 + index * 4));
  const text = `S-${bytes.readUInt8(at)}-${bytes.readUIntBE(at + 2, 6)}-${parts.join("-")}`;
  return names[text] ?? text;
}
