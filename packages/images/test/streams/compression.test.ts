import * as zlib from "node:zlib";
import { inPieces } from "@oriel/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decompress } from "../../src/streams/compression.ts";

const text = Buffer.from("The quick brown fox. ".repeat(20_000));
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

async function collect(data: Uint8Array, pieceSize?: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(inPieces(data, pieceSize), "the test")) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("decompression", () => {
  it.each([
    ["plain", text],
    ["gzip", zlib.gzipSync(text)],
    ["zstd", zlib.zstdCompressSync(text)],
    ["zstd with a checksum", zlib.zstdCompressSync(text, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } })],
  ])("reads %s in pieces of any size", async (_, data) => {
    for (const pieceSize of [7, 4096, data.length]) expect((await collect(data, pieceSize)).equals(text)).toBe(true);
  });

  it("reads every member of a gzip stream and every frame of a zstd stream", async () => {
    const parts = [text.subarray(0, 1000), Buffer.alloc(300_000, "x"), text.subarray(1000)];
    const gzip = Buffer.concat(parts.map((part) => zlib.gzipSync(part)));
    const zstd = Buffer.concat([skippable, ...parts.flatMap((part) => [zlib.zstdCompressSync(part), skippable])]);
    expect((await collect(gzip)).equals(Buffer.concat(parts))).toBe(true);
    expect((await collect(zstd)).equals(Buffer.concat(parts))).toBe(true);
  });

  it("reads any data in any frames", async () => {
    const frame = fc.tuple(fc.uint8Array({ maxLength: 3000 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 700 }), async (frames, pieceSize) => {
        const data = frames.flatMap(([part, withSkippable]) => [zlib.zstdCompressSync(part), ...(withSkippable ? [skippable] : [])]);
        expect(await collect(Buffer.concat(data), pieceSize)).toEqual(Buffer.concat(frames.map(([part]) => part)));
      }),
      { numRuns: 40 },
    );
  });

  it("says that a compressed stream is torn, wherever it is cut", async () => {
    for (const [name, data] of [
      ["gzip", zlib.gzipSync(text.subarray(0, 3000))],
      ["zstd", zlib.zstdCompressSync(text.subarray(0, 3000))],
    ] as const) {
      for (let length = 6; length < data.length; length++) {
        await expect(collect(data.subarray(0, length)), `${name} at ${length}`).rejects.toMatchObject({
          code: "InvalidArgument",
          message: expect.stringContaining(`the ${name} stream of the test is broken`),
        });
      }
    }
  });

  it("says which compression it does not read, and ends the source", async () => {
    let ended = false;
    const source = async function* () {
      try {
        yield Buffer.from("fd377a585a0000", "hex");
        yield text;
      } finally {
        ended = true;
      }
    };
    await expect(decompress(source(), "the archive").next()).rejects.toMatchObject({
      code: "InvalidArgument",
      message: "the archive is compressed with xz; Oriel reads gzip, zstd and uncompressed tars",
    });
    expect(ended).toBe(true);
  });

  it("passes a failure of the source on as it is, and ends the source when nobody reads on", async () => {
    const failing = async function* () {
      yield zlib.gzipSync(text).subarray(0, 500);
      throw new RangeError("line lost");
    };
    const reading = async () => {
      for await (const _ of decompress(failing(), "the test"));
    };
    await expect(reading()).rejects.toThrow(new RangeError("line lost"));

    const { promise: end, resolve: ended } = Promise.withResolvers<void>();
    const endless = async function* () {
      try {
        yield* inPieces(zlib.gzipSync(Buffer.alloc(5_000_000)), 100);
      } finally {
        ended();
      }
    };
    for await (const _ of decompress(endless(), "the test")) break;
    await end;
  });
});
