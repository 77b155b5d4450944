import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUnpackKey, newUnpackKey, parseUnpackKey } from "../src/index.ts";

const chainId = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("an unpack key", () => {
  test("is recognised as containerd's client writes it, alone and with its namespace", () => {
    const key = { unique: "468212953-q1Z_", chainId };
    expect(parseUnpackKey(`extract-468212953-q1Z_ ${chainId}`)).toEqual(key);
    expect(parseUnpackKey(`k8s.io/23/extract-468212953-q1Z_ ${chainId}`)).toEqual(key);
  });

  test.each([
    "extract-container",
    "my-extract-468212953-q1Z_",
    `extract-468212953-q1Z_${chainId}`,
    "extract-468212953-q1Z_ sha256:0123",
    `extract-468212953-q1Z_ ${chainId}0`,
    `extract-q1Z_ ${chainId}`,
    `a/b/extract-468212953-q1Z_ ${chainId}`,
    `x extract-468212953-q1Z_ ${chainId}`,
    "",
  ])("is not %j", (key) => {
    expect(parseUnpackKey(key)).toBeUndefined();
  });

  test("is read as it was written", () => {
    const hex = fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: 64, maxLength: 64 }).map((digits) => digits.join(""));
    const unique = fc.tuple(fc.nat(), fc.stringMatching(/^[A-Za-z0-9_-]{4}$/)).map(([time, random]) => `${time}-${random}`);
    fc.assert(
      fc.property(unique, hex, (text, digits) => {
        const key = { unique: text, chainId: `sha256:${digits}` };
        expect(parseUnpackKey(formatUnpackKey(key))).toEqual(key);
      }),
    );
  });

  test("that is new is like no other", () => {
    const keys = new Set(Array.from({ length: 100 }, () => newUnpackKey(chainId)));
    expect(keys.size).toBe(100);
    for (const key of keys) expect(parseUnpackKey(key)?.chainId).toBe(chainId);
  });
});
