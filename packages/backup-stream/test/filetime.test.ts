import fc from "fast-check";
import { expect, test } from "vitest";
import { filetimeFromUnixNanoseconds, unixNanosecondsFromFiletime } from "../src/index.ts";

test("the epochs lie 116444736000000000 units apart", () => {
  expect(filetimeFromUnixNanoseconds(0n)).toBe(116_444_736_000_000_000n);
  expect(unixNanosecondsFromFiletime(0n)).toBe(-11_644_473_600_000_000_000n);
});

test("parts of 100 ns are dropped downward, before 1970 as well", () => {
  expect(filetimeFromUnixNanoseconds(199n) - filetimeFromUnixNanoseconds(0n)).toBe(1n);
  expect(filetimeFromUnixNanoseconds(-1n) - filetimeFromUnixNanoseconds(0n)).toBe(-1n);
});

test("a FILETIME survives the way there and back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (filetime) => {
      expect(filetimeFromUnixNanoseconds(unixNanosecondsFromFiletime(filetime))).toBe(filetime);
    }),
  );
});
