import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BackupStreamDecoder, encodeStream, encodeStreamHeader, type StreamHeader, StreamId } from "../src/index.ts";

interface DecodedStream {
  header: StreamHeader;
  data: Buffer;
}

function decodeAll(chunks: readonly Uint8Array[]): DecodedStream[] {
  const decoder = new BackupStreamDecoder();
  const streams: DecodedStream[] = [];
  let parts: Uint8Array[] = [];
  for (const chunk of chunks) {
    for (const event of decoder.write(chunk)) {
      if (event.type === "start") parts = [];
      if (event.type === "data") parts.push(event.chunk);
      if (event.type === "end") streams.push({ header: event.header, data: Buffer.concat(parts) });
    }
  }
  decoder.end();
  return streams;
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const stops = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return stops.slice(1).map((stop, index) => bytes.subarray(stops[index], stop));
}

const plain = fc.record({
  header: fc.record({ id: fc.constantFrom(1, 2, 3, 5, 6, 7, 8, 10), attributes: fc.nat(), name: fc.constant("") }),
  data: fc.uint8Array({ maxLength: 80 }),
});
const named = fc.record({
  header: fc.record({
    id: fc.constant(StreamId.AlternateData as number),
    attributes: fc.nat(),
    name: fc.string({ maxLength: 20 }).map((name) => `:${name}:$DATA`),
  }),
  data: fc.uint8Array({ maxLength: 80 }),
});
const sparse = fc.record({
  header: fc.record({
    id: fc.constant(StreamId.SparseBlock as number),
    attributes: fc.nat(),
    name: fc.constant(""),
    offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  }),
  data: fc.uint8Array({ maxLength: 80 }),
});

describe("backup stream", () => {
  test("a header is the 20 bytes of WIN32_STREAM_ID and the name in UTF-16", () => {
    const header = encodeStreamHeader({ id: StreamId.AlternateData, size: 258, name: ":s:$DATA" });
    const fixed = "04000000" + "00000000" + "0201000000000000" + "10000000";
    expect(Buffer.from(header).toString("hex")).toBe(`${fixed}3a0073003a00240044004100540041 00`.replaceAll(" ", ""));
  });

  test("the size of a sparse block counts its offset, which stands between header and data", () => {
    const block = encodeStream({ id: StreamId.SparseBlock, offset: 0x10000 }, Buffer.from("ab"));
    expect(Buffer.from(block).toString("hex")).toBe(`09000000000000000a00000000000000000000000000010000000000${"6162"}`);
    expect(decodeAll([block])).toEqual([
      { header: { id: StreamId.SparseBlock, attributes: 0, size: 2, name: "", offset: 0x10000 }, data: Buffer.from("ab") },
    ]);
  });

  test("what was encoded is decoded again, wherever the chunks are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, named, sparse), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (streams, places) => {
        const bytes = Buffer.concat(streams.map(({ header, data }) => encodeStream(header, data)));
        const expected = streams.map(({ header, data }) => ({ header: { ...header, size: data.length }, data: Buffer.from(data) }));
        expect(decodeAll(cut(bytes, places))).toEqual(expected);
      }),
    );
  });

  test("one byte at a time gives the same as all at once", () => {
    const bytes = Buffer.concat([
      encodeStream({ id: 3 }, Buffer.from("sd")),
      encodeStream({ id: 4, name: ":x:$DATA" }, Buffer.from("data")),
    ]);
    expect(decodeAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(decodeAll([bytes]));
  });

  test("any bytes either decode or are refused as malformed, and never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeAll([bytes]);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument", op: "backup-stream.decode" });
        }
      }),
    );
  });

  test("a stream that ends early is an error at the end", () => {
    const bytes = encodeStream({ id: StreamId.Data }, Buffer.from("abcdef"));
    expect(() => decodeAll([bytes.subarray(0, 22)])).toThrow(/ends 4 bytes before the end of its stream of id 1/);
    expect(() => decodeAll([bytes.subarray(0, 19)])).toThrow(/ends within a stream header/);
  });

  test("atBoundary tells whole streams from torn ones", () => {
    const decoder = new BackupStreamDecoder();
    expect(decoder.atBoundary).toBe(true);
    decoder.write(encodeStreamHeader({ id: StreamId.Data, size: 1 }));
    expect(decoder.atBoundary).toBe(false);
    decoder.write(Uint8Array.of(1));
    expect(decoder.atBoundary).toBe(true);
  });

  test.each([
    ["an unknown id", (b: Buffer) => b.writeUInt32LE(11, 0), /unknown id 11/],
    ["a name longer than a file name can be", (b: Buffer) => b.writeUInt32LE(0xfffffffe, 16), /name of 4294967294 bytes/],
    ["a name of half a character", (b: Buffer) => b.writeUInt32LE(3, 16), /name of 3 bytes/],
    ["a size beyond what a number can count", (b: Buffer) => b.writeBigUInt64LE(2n ** 63n, 8), /size 9223372036854775808/],
  ])("%s is refused", (_what, spoil, message) => {
    const bytes = Buffer.from(encodeStream({ id: StreamId.Data }, Buffer.alloc(40)));
    spoil(bytes);
    expect(() => decodeAll([bytes])).toThrow(message);
  });

  test("a sparse block too short for its offset is refused", () => {
    const bytes = Buffer.from(encodeStream({ id: StreamId.SparseBlock, offset: 0 }, Buffer.alloc(0)));
    bytes.writeBigUInt64LE(7n, 8);
    expect(() => decodeAll([bytes])).toThrow(/sparse block without an offset/);
  });

  test.each([
    [{ id: 0, size: 0 }],
    [{ id: 1, size: -1 }],
    [{ id: 1, size: 0, offset: 1 }],
    [{ id: 9, size: 0 }],
    [{ id: 4, size: 0, name: "x".repeat(263) }],
  ])("a header that cannot be is not encoded: %j", (header) => {
    expect(() => encodeStreamHeader(header)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });
});
