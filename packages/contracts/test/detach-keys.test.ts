import { assert, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { DetachKeyMatcher, defaultDetachKeys, parseDetachKeys } from "../src/terminal/detach-keys.ts";

const typed = (text: string) => new TextEncoder().encode(text);

describe("detach keys", () => {
  it.each([
    [defaultDetachKeys, [0x10, 0x11]],
    ["ctrl-a", [1]],
    ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0, 27, 28, 29, 30, 31]],
    ["ctrl-x,a,Z", [24, 97, 90]],
  ])("%s are bytes", (text, bytes) => {
    expect([...parseDetachKeys(text)]).toEqual(bytes);
  });

  it.each(["", "ctrl-", "ctrl-1", "ctrl-A", "ab", "a,,b", "é"])("%j is refused, named", (text) => {
    expect(() => parseDetachKeys(text)).toThrow(`invalid detach keys (${text})`);
  });
});

describe("what is typed", () => {
  it.each([
    ["in one piece", ["ab\u0010\u0011lost"], "ab", true],
    ["in several", ["a\u0010", "\u0011"], "a", true],
    ["broken off and begun again", ["\u0010x\u0010\u0010\u0011"], "\u0010x\u0010", true],
    ["only half", ["a\u0010"], "a", false],
  ])("passes up to the sequence %s", (_, pieces, passed, isDetached) => {
    const matcher = new DetachKeyMatcher(parseDetachKeys(defaultDetachKeys));
    const texts = pieces.map((piece) => Buffer.from(matcher.push(typed(piece))).toString());
    expect([texts.join(""), matcher.isDetached]).toEqual([passed, isDetached]);
  });

  it("is found where the sequence begins within a beginning of itself", () => {
    const matcher = new DetachKeyMatcher(typed("aab"));
    expect([Buffer.from(matcher.push(typed("aaab"))).toString(), matcher.isDetached]).toEqual(["a", true]);
  });

  it("is passed on whole where the sequence is not in it", () => {
    assert(
      property(uint8Array(), uint8Array({ minLength: 1, maxLength: 4 }), (bytes, keys) => {
        const matcher = new DetachKeyMatcher(keys);
        const passed = Buffer.concat([...bytes].map((byte) => matcher.push(Uint8Array.of(byte))));
        const found = Buffer.from(bytes).indexOf(keys);
        expect(matcher.isDetached).toBe(found >= 0);
        const expected = found >= 0 ? bytes.subarray(0, found) : bytes;
        expect(Buffer.concat([passed, matcher.flush()])).toEqual(Buffer.from(expected));
      }),
    );
  });
});
