import { describe, expect, test } from "vitest";
import { parseScratchSize } from "../src/index.ts";

describe("the size option", () => {
  test("is 127 GB unless given", () => {
    expect(parseScratchSize()).toBe(136_365_211_648n);
    expect(parseScratchSize({})).toBe(136_365_211_648n);
  });

  test.each([
    ["1", 1n],
    ["21474836480", 21_474_836_480n],
    ["20GB", 20n * 1024n ** 3n],
    ["20g", 20n * 1024n ** 3n],
    ["20 GiB", 20n * 1024n ** 3n],
    ["1.5t", 1536n * 1024n ** 3n],
    ["512mb", 512n * 1024n ** 2n],
    ["0.5k", 512n],
    ["64T", 64n * 1024n ** 4n],
  ])("'%s' is %s bytes", (text, bytes) => {
    expect(parseScratchSize({ size: text })).toBe(bytes);
    expect(parseScratchSize({ SIZE: text })).toBe(bytes);
  });

  test.each(["", " ", "-1", "+1", "0", "0.0g", "1e9", "0x10", "20 x", "g", "1..5g", "65t", "9".repeat(18), "1,5g", "٢"])(
    "'%s' is refused",
    (text) => {
      expect(() => parseScratchSize({ size: text })).toThrow(
        expect.objectContaining({ code: "InvalidArgument", remedy: expect.any(String) }),
      );
    },
  );

  test("no other option is known, and the key is named", () => {
    expect(() => parseScratchSize({ size: "20g", sise: "1" })).toThrow(/unknown storage option 'sise'/);
    expect(() => parseScratchSize({ size: "20g", Size: "30g" })).toThrow(/twice/);
  });
});
