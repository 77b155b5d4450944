import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { formatPaxTime, parsePaxTime } from "../src/tar/pax-time.ts";
import { readTar } from "../src/tar/tar-reader.ts";
import { endOfArchive, paxBody, pieces, type RawMember, rawMember, rawTar } from "./raw-tar.ts";

async function readAll(tar: Uint8Array, pieceSize?: number) {
  const found: { name: string; type: string; linkName: string; size: number; modified: bigint; content: string }[] = [];
  for await (const { name, type, linkName, size, modified, content } of readTar(pieces(tar, pieceSize))) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.push({ name, type, linkName, size, modified, content: Buffer.concat(chunks).toString() });
  }
  return found;
}

describe("reading a tar", () => {
  test("finds what another implementation wrote, however the stream is cut", async () => {
    const packer = pack();
    const mtime = new Date(1_600_000_000_000);
    packer.entry({ name: "Files/", type: "directory", mtime });
    packer.entry({ name: "Files/a.txt", mtime }, "alpha");
    packer.entry({ name: `Files/${"long/".repeat(40)}ü.txt`, mtime }, "x".repeat(1500));
    packer.entry({ name: "Files/link", type: "symlink", linkname: "a.txt", mtime });
    packer.entry({ name: "Files/empty", mtime }, "");
    packer.finalize();
    const tar = await buffer(packer);
    const modified = 1_600_000_000_000_000_000n;
    const expected = [
      { name: "Files/", type: "directory", linkName: "", size: 0, modified, content: "" },
      { name: "Files/a.txt", type: "file", linkName: "", size: 5, modified, content: "alpha" },
      { name: `Files/${"long/".repeat(40)}ü.txt`, type: "file", linkName: "", size: 1500, modified, content: "x".repeat(1500) },
      { name: "Files/link", type: "symlink", linkName: "a.txt", size: 0, modified, content: "" },
      { name: "Files/empty", type: "file", linkName: "", size: 0, modified, content: "" },
    ];
    for (const size of [1, 100, 511, 512, 513, 100_000]) expect(await readAll(tar, size), `pieces of ${size}`).toEqual(expected);
  });

  test("applies GNU's long names, and global PAX records to what follows", async () => {
    const tar = rawTar([
      { name: "././@LongLink", flag: "L", content: `${"n".repeat(150)}\0` },
      { name: "././@LongLink", flag: "K", content: `${"t".repeat(150)}\0` },
      { name: "short", flag: "2", link: "short" },
      { name: "pax", flag: "g", content: paxBody({ mtime: "1.5" }) },
      { name: "a", content: "1" },
      { name: "b", pax: { mtime: "-2.25" } },
    ]);
    expect(await readAll(tar)).toMatchObject([
      { name: "n".repeat(150), linkName: "t".repeat(150) },
      { name: "a", modified: 1_500_000_000n, content: "1" },
      { name: "b", modified: -2_250_000_000n },
    ]);
  });

  test("skips content that nobody read", async () => {
    const names: string[] = [];
    for await (const { name } of readTar(pieces(rawTar([{ name: "a", content: "x".repeat(2000) }, { name: "b" }])))) names.push(name);
    expect(names).toEqual(["a", "b"]);
  });

  test("ends at the end of the archive, and reads the rest of the stream without looking", async () => {
    let read = 0;
    const tar = rawTar([{ name: "a" }], Buffer.concat([endOfArchive, Buffer.from("hidden"), ...rawMember({ name: "b" })]));
    async function* counted() {
      for await (const piece of pieces(tar, 100)) {
        read += piece.length;
        yield piece;
      }
    }
    const names: string[] = [];
    for await (const { name } of readTar(counted())) names.push(name);
    expect(names).toEqual(["a"]);
    expect(read).toBe(tar.length);
  });

  test("tells the stream when no more is wanted", async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield* pieces(rawTar([{ name: "a" }], Buffer.alloc(0)));
      } finally {
        closed = true;
      }
    }
    for await (const { name } of readTar(source())) if (name === "a") break;
    expect(closed).toBe(true);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["nothing at all", Buffer.alloc(0), /without an end-of-archive/],
    ["no end of the archive", rawTar([{ name: "a" }], Buffer.alloc(0)), /without an end-of-archive/],
    ["half a header", rawTar([{ name: "a" }]).subarray(0, 300), /without an end-of-archive/],
    ["half the content", rawTar([{ name: "a", content: "x".repeat(600) }]).subarray(0, 700), /"a" is torn/],
    ["content without its padding", rawTar([{ name: "a", content: "x" }]).subarray(0, 600), /"a" is torn/],
    ["a size beyond the end", rawTar([{ name: "a", content: "x", size: 5000 }]), /"a" is torn/],
    ["an empty block in the middle", rawTar([], Buffer.concat([Buffer.alloc(512), ...rawMember({ name: "a" })])), /empty block between/],
    ["a wrong checksum", rawTar([{ name: "a", spoilChecksum: true }]), /wrong checksum/],
    ["gzip", Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(2000, 7)]), /wrong checksum.*compressed/],
    ["a size that is no number", rawTar([{ name: "a", size: "123456789ab" }]), /"a" has a size that is no number/],
    ["a negative size", rawTar([{ name: "a", size: "\xff".repeat(12) }]), /"a" claims a size of -1/],
    [
      "a huge size",
      rawTar([{ name: "a", size: "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" }]),
      /"a" has a size of \d+, which cannot be/,
    ],
    ["a directory with content", rawTar([{ name: "a", flag: "5", content: "x" }]), /"a" is no file but claims 1 bytes/],
    ["a link with content", rawTar([{ name: "a", flag: "2", link: "b", content: "x" }]), /"a" is no file but claims/],
    ["a PAX size that is no number", rawTar([{ name: "a", pax: { size: "1e3" } }]), /"a" claims a size of 1e3/],
    ["a PAX size that is negative", rawTar([{ name: "a", pax: { size: "-5" } }]), /claims a size of -5/],
    ["a PAX time that is none", rawTar([{ name: "a", pax: { mtime: "yesterday" } }]), /mtime that is no time/],
    ["a PAX header of two megabytes", rawTar([{ name: "x", flag: "x", size: 2 * 1024 * 1024 }]), /at most 1048576/],
    ["a long name of two gigabytes", rawTar([{ name: "x", flag: "L", size: 2 ** 31 }]), /at most 1048576/],
    ["a PAX header and nothing after it", rawTar([{ name: "x", flag: "x", content: paxBody({ path: "b" }) }]), /without the entry/],
    ["a torn PAX header", rawTar([{ name: "x", flag: "x", content: "x".repeat(600) }]).subarray(0, 700), /torn within a PAX header/],
    ["a PAX record without a length", rawTar([{ name: "a", pax: Buffer.from("path=b\n") }]), /without a length/],
    ["a PAX record that is too long", rawTar([{ name: "a", pax: Buffer.from("99 path=b\n") }]), /length does not fit/],
    ["a PAX record that is too short", rawTar([{ name: "a", pax: Buffer.from("5 path=b\n") }]), /length does not fit/],
    ["a PAX record of negative length", rawTar([{ name: "a", pax: Buffer.from("-5 a=bcdef\n") }]), /without a length/],
    ["a PAX record without a key", rawTar([{ name: "a", pax: Buffer.from("5 =b\n") }]), /length does not fit/],
    ["a PAX name with NUL", rawTar([{ name: "a", pax: { path: "b\0c" } }]), /NUL/],
    ["a PAX name that is no UTF-8", rawTar([{ name: "a", pax: Buffer.from("10 path=\xff\n", "latin1") }]), /not UTF-8/],
    ["a name that is no UTF-8", rawTar([{ name: Buffer.from([0x61, 0xff]) }]), /not UTF-8/],
    ["a sparse file of GNU's", rawTar([{ name: "a", pax: { "GNU.sparse.major": "1" } }]), /"a" is sparse/],
  ])("refuses %s", async (_what, tar, message) => {
    for (const size of [97, 100_000]) {
      await expect(readAll(tar, size)).rejects.toMatchObject({ code: "InvalidArgument", message: expect.stringMatching(message) });
    }
  });

  test("a tar cut anywhere is refused, and never read as a whole one", async () => {
    const members: RawMember[] = [
      { name: "a", content: "x".repeat(700), pax: { mtime: "1.5" } },
      { name: "b", flag: "5" },
      { name: "c", content: "y" },
    ];
    const tar = rawTar(members);
    const end = tar.length - endOfArchive.length;
    for (let cut = 0; cut <= end; cut += 37) {
      await expect(readAll(tar.subarray(0, cut)), `at ${cut}`).rejects.toMatchObject({ code: "InvalidArgument" });
    }
  });

  test("damage anywhere is refused or leads to other members, never to another failure", async () => {
    const tar = rawTar([
      { name: "a", content: "x".repeat(700), pax: { path: "Files/a", size: "700" } },
      { name: "b", flag: "5" },
    ]);
    const change = fc.tuple(fc.nat({ max: tar.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = Buffer.from(tar);
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          await readAll(damaged);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("a PAX time survives the way there and back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (time) => {
      expect(parsePaxTime(formatPaxTime(time))).toBe(time);
    }),
  );
  expect(["", "1.", ".5", "1,5", "- 1", "1e3", "9".repeat(16)].map((text) => parsePaxTime(text))).toEqual([
    undefined,
    1_000_000_000n,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
