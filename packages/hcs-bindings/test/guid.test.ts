import fc from "fast-check";
import { expect, test } from "vitest";
import { guidBytes, guidText } from "../src/windows/guid.ts";

test("a GUID in memory has its first three fields little-endian", () => {
  expect(guidBytes("00112233-4455-6677-8899-aabbccddeeff")).toEqual([
    0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
  ]);
});

test("braces and capitals are read too, and what is no GUID is refused", () => {
  expect(guidBytes("{00112233-4455-6677-8899-AABBCCDDEEFF}")).toEqual(guidBytes("00112233-4455-6677-8899-aabbccddeeff"));
  for (const text of ["", "00112233", "00112233-4455-6677-8899-aabbccddeefg", "00112233445566778899aabbccddeeff"]) {
    expect(guidBytes(text)).toBeUndefined();
  }
});

test("text and memory are inverses", () => {
  fc.assert(fc.property(fc.uuid(), (text) => guidText(Uint8Array.from(guidBytes(text) ?? [])) === text));
});
