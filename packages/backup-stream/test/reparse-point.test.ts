import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReparse, encodeReparse } from "../src/index.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("reparse point", () => {
  test("a relative symbolic link", () => {
    expect(hex(encodeReparse({ kind: "symlink", target: "b" }))).toBe("0c0000a01400000000000200040002000100000062000000" + "62000000");
  });

  test("a mount point", () => {
    const substitute = "5c003f003f005c0043003a005c006100";
    const print = "43003a005c006100";
    expect(hex(encodeReparse({ kind: "mount-point", target: "C:\\a" }))).toBe(
      `030000a0240000000000100012000800${substitute}0000${print}0000`,
    );
  });

  test.each([
    ["C:\\a", "\\??\\C:\\a", 0],
    ["\\\\?\\Volume{1}\\", "\\??\\Volume{1}\\", 0],
    ["\\\\server\\share", "\\??\\UNC\\server\\share", 0],
    ["..\\a", "..\\a", 1],
    ["\\a", "\\a", 1],
  ])("a symbolic link to %s has the substitute name %s and flags %i", (target, substitute, flags) => {
    const bytes = Buffer.from(encodeReparse({ kind: "symlink", target }));
    expect(bytes.toString("utf16le", 20, 20 + bytes.readUInt16LE(10))).toBe(substitute);
    expect(bytes.readUInt32LE(16)).toBe(flags);
  });

  test("what was encoded is decoded again", () => {
    const target = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(target, fc.constantFrom("symlink", "mount-point"), (text, kind) => {
        const point = { kind, target: kind === "symlink" ? text : `C:\\${text}` } as const;
        expect(decodeReparse(encodeReparse(point))).toEqual(point);
      }),
    );
  });

  test.each([["C:\\a"], ["\\\\server\\share"], ["\\\\?\\Volume{1}\\"]])(
    "without a print name, %s is read from the substitute name",
    (target) => {
      const bytes = Buffer.from(encodeReparse({ kind: "mount-point", target }));
      bytes.writeUInt16LE(0, 14);
      expect(decodeReparse(bytes)).toEqual({ kind: "mount-point", target });
    },
  );

  test("any bytes either decode or are refused", () => {
    const start = fc.constantFrom([], [0x0c, 0, 0, 0xa0], [3, 0, 0, 0xa0]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (tag, rest) => {
        try {
          decodeReparse(Uint8Array.from([...tag, ...rest]));
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
    );
  });

  test("a mount point to a relative target, and a target that is too long, are refused", () => {
    expect(() => encodeReparse({ kind: "mount-point", target: "a" })).toThrow(/absolute target/);
    expect(() => encodeReparse({ kind: "symlink", target: "x".repeat(5000) })).toThrow(/more than fit 16 KiB/);
  });

  test.each(["symlink", "mount-point"] as const)(
    "a %s with an empty target, or one with \\??\\, is what it was after a round trip",
    (kind) => {
      for (const target of ["", "\\??\\C:\\a", "\\??\\Volume{12345678-0000-0000-0000-100000000000}\\"]) {
        expect(decodeReparse(encodeReparse({ kind, target }))).toEqual({ kind, target });
      }
    },
  );

  test("a symbolic link to a target with \\??\\ is an absolute one", () => {
    const absolute = encodeReparse({ kind: "symlink", target: "C:\\a" });
    const same = encodeReparse({ kind: "symlink", target: "\\??\\C:\\a" });
    expect(Buffer.from(same).readUInt32LE(16)).toBe(Buffer.from(absolute).readUInt32LE(16));
  });

  test("another tag is refused by its number", () => {
    const bytes = Buffer.from(encodeReparse({ kind: "symlink", target: "b" }));
    bytes.writeUInt32LE(0x80000017, 0);
    expect(() => decodeReparse(bytes)).toThrow(/0x80000017/);
  });
});
