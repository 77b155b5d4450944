import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { foldName } from "../src/index.ts";

/** Wine's copy of the system's table. Its form is that of Windows: offsets by the high byte, then by the next half byte, then a difference. */
const winesTable = ["/usr/share/wine/nls/l_intl.nls", "/usr/local/share/wine/nls/l_intl.nls"].find((file) => existsSync(file));

/** Letters of Unicode 16 and 17, which Node.js knows and the table does not. */
const later = [0x19b, 0x264, 0x1c8a, 0xa7cd, 0xa7cf, 0xa7d3, 0xa7d5, 0xa7db];

describe("a folded name", () => {
  it("is the same for all cases of a name", () => {
    expect(foldName("Program Files")).toBe("PROGRAM FILES");
    expect([foldName("Éa"), foldName("éA")]).toEqual(["ÉA", "ÉA"]);
    expect(foldName("ᾳᾠ")).toBe("ᾼᾨ");
  });

  it("has as many units as the name", () => {
    expect([foldName("straße"), foldName("ﬀŉ")]).toEqual(["STRAßE", "ﬀŉ"]);
  });

  it("keeps apart what only a language takes for the same letter, and letters beyond the basic plane", () => {
    for (const unit of ["ı", "ſ", "ς", "µ", "ǅ"]) expect(foldName(unit)).toBe(unit);
    expect(foldName("\u{10428}")).toBe("\u{10428}");
  });

  it.skipIf(winesTable === undefined)("follows the table of Wine for each unit", () => {
    const bytes = readFileSync(winesTable ?? "");
    const words = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).subarray(2);
    const at = (index: number): number => words[index] ?? 0;
    const differing: number[] = [];
    for (let unit = 0; unit < 0x10000; unit += 1) {
      const upper = (unit + at(at(at(unit >> 8) + ((unit >> 4) & 15)) + (unit & 15))) & 0xffff;
      if (foldName(String.fromCharCode(unit)).charCodeAt(0) !== upper) differing.push(unit);
    }
    expect(differing.filter((unit) => !later.includes(unit))).toEqual([]);
  });
});
