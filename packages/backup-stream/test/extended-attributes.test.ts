import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeExtendedAttributes, encodeExtendedAttributes } from "../src/index.ts";

describe("extended attributes", () => {
  test("an entry is laid out as FILE_FULL_EA_INFORMATION and padded to four bytes", () => {
    const bytes = encodeExtendedAttributes([{ name: "A", value: Uint8Array.of(1, 2) }]);
    expect(Buffer.from(bytes).toString("hex")).toBe("000000000001020041000102");
  });

  test("every entry but the last names the distance to the next", () => {
    const bytes = Buffer.from(
      encodeExtendedAttributes([
        { name: "AB", value: Uint8Array.of(1) },
        { name: "C", value: Uint8Array.of() },
      ]),
    );
    expect([bytes.readUInt32LE(0), bytes.readUInt32LE(12), bytes.length]).toEqual([12, 0, 24]);
  });

  test("what was encoded is decoded again", () => {
    const attribute = fc.record({
      name: fc.stringMatching(/^[A-Z.$]{1,30}$/),
      value: fc.uint8Array({ maxLength: 50 }).map((value) => Buffer.from(value)),
      flags: fc.constantFrom(0, 0x80),
    });
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 5 }), (attributes) => {
        const decoded = decodeExtendedAttributes(encodeExtendedAttributes(attributes));
        expect(decoded.map((entry) => ({ ...entry, value: Buffer.from(entry.value) }))).toEqual(attributes);
      }),
    );
  });

  test("any bytes either decode or are refused, and decoding ends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          decodeExtendedAttributes(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
    );
  });

  test("names and values that do not fit are refused", () => {
    expect(() => encodeExtendedAttributes([{ name: "", value: Uint8Array.of() }])).toThrow(/1 to 255 bytes/);
    expect(() => encodeExtendedAttributes([{ name: "x".repeat(256), value: Uint8Array.of() }])).toThrow(/1 to 255 bytes/);
    expect(() => encodeExtendedAttributes([{ name: "A", value: new Uint8Array(65536) }])).toThrow(/65536 bytes, more than 65535/);
  });
});
