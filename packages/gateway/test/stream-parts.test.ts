import { PassThrough, Writable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { parseDetachKeys } from "@oriel/contracts";
import type { LogFrame } from "@oriel/engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detachFilter } from "../src/streams/detach-keys.ts";
import { JsonLines } from "../src/streams/json-lines.ts";
import { LogEncoder } from "../src/streams/log-encoder.ts";
import { frameHeader } from "../src/streams/multiplex.ts";
import { frames } from "./wire.ts";

test("a frame's header is the stream, three zeros and the length", () => {
  expect(frameHeader("stdout", 0x01020304).toString("hex")).toBe("0100000001020304");
  expect(frameHeader("stderr", 1).toString("hex")).toBe("0200000000000001");
});

describe("a terminal's input", () => {
  async function pass(chunks: readonly string[]): Promise<{ passed: string; detached: boolean }> {
    let detached = false;
    const filter = detachFilter(parseDetachKeys("ctrl-p,ctrl-q"), () => {
      detached = true;
    });
    for (const chunk of chunks) filter.write(chunk);
    filter.end();
    return { passed: await text(filter), detached };
  }

  test.each([
    [["ab", "c"], "abc", false],
    [["a\x10", "\x11b"], "a", true],
    [["\x10b"], "\x10b", false],
    [["\x10\x10\x11"], "\x10", true],
    [["\x10"], "\x10", false],
    [["\x11\x10\x11", "x"], "\x11", true],
  ])("%j", async (chunks, passed, detached) => {
    expect(await pass(chunks)).toEqual({ passed, detached });
  });

  test("however the input is cut, what comes out is the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom("\x10", "\x11", "a", "b"), maxLength: 4 })), async (chunks) => {
        const whole = chunks.join("");
        const at = whole.indexOf("\x10\x11");
        expect(await pass(chunks)).toEqual({ passed: at === -1 ? whole : whole.slice(0, at), detached: at !== -1 });
      }),
    );
  });
});

describe("time stamps", () => {
  const time = new Date("2026-01-02T03:04:05.006Z");
  const stamp = "2026-01-02T03:04:05.006000000Z ";

  type Pieces = readonly [LogFrame["stream"], string][];
  const entries = (pieces: Pieces) => pieces.map(([stream, line]): LogFrame => ({ stream, data: Buffer.from(line), time }));
  const pieces: Pieces = [
    ["stdout", "a\nb"],
    ["stderr", "x"],
    ["stdout", "c\n\n"],
    ["stderr", "y\n"],
    ["stdout", ""],
  ];
  const stamped = { multiplexed: true, timestamps: true };
  const expected = [
    { stream: 1, text: `${stamp}a\n${stamp}b` },
    { stream: 2, text: `${stamp}x` },
    { stream: 1, text: `c\n${stamp}\n` },
    { stream: 2, text: "y\n" },
  ];

  test("stand before every line, however it is cut, for each stream by itself", () => {
    const encoder = new LogEncoder(stamped);
    expect(frames(encoder.encode(entries(pieces)))).toEqual(expected);
    const oneByOne = new LogEncoder(stamped);
    expect(frames(Buffer.concat(entries(pieces).map((entry) => oneByOne.encode([entry]))))).toEqual(expected);
  });

  test("are made once for all clients that get the same entries in the same way", () => {
    const shared = entries(pieces);
    const [one, other, bare] = [stamped, stamped, { multiplexed: true, timestamps: false }].map((options) => new LogEncoder(options));
    expect(other?.encode(shared)).toBe(one?.encode(shared));
    expect(frames(bare?.encode(shared) ?? Buffer.of())).toEqual(
      expected.map(({ stream, text }) => ({ stream, text: text.replaceAll(stamp, "") })),
    );
    // In the middle of a line: the first one gets no time.
    expect(frames(one?.encode(entries([["stdout", "end\n"]])) ?? Buffer.of())).toEqual([{ stream: 1, text: `${stamp}end\n` }]);
    one?.encode(entries([["stdout", "begun"]]));
    expect(frames(one?.encode(shared) ?? Buffer.of())[0]).toEqual({ stream: 1, text: `a\n${stamp}b` });
  });
});

describe("progress", () => {
  test("a slow reader gets the latest of each subject and all else", async () => {
    let release = () => {};
    const written: string[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        release = done;
      },
    });
    const lines = new JsonLines(slow);
    lines.write({ id: "a", progressDetail: { current: 0 } });
    for (let current = 1; current <= 1000; current += 1) {
      lines.write({ id: "a", progressDetail: { current } });
      lines.write({ id: "b", progressDetail: { current } });
    }
    lines.write({ id: "a" });
    lines.end();
    for (let index = 0; index < 4; index += 1) {
      const done = release;
      release = () => {};
      done();
    }
    expect(written.map((line) => JSON.parse(line))).toEqual([
      { id: "a", progressDetail: { current: 0 } },
      { id: "a", progressDetail: { current: 1000 } },
      { id: "b", progressDetail: { current: 1000 } },
      { id: "a" },
    ]);
  });

  test("a fast reader gets everything", async () => {
    const output = new PassThrough();
    const lines = new JsonLines(output);
    for (let current = 0; current < 5; current += 1) lines.write({ id: "a", progressDetail: { current } });
    lines.end();
    expect((await buffer(output)).toString().split("\n")).toHaveLength(6);
  });
});
