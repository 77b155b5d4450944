import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { extract, type Header } from "tar-stream";
import { describe, expect, test } from "vitest";
import { type LayerTarEntry, writeLayerTar } from "../src/index.ts";
import { readTar } from "../src/tar/tar-reader.ts";

const times = { lastWrite: 1_700_000_000_000_000_000n };

async function tarOf(entries: readonly LayerTarEntry[]): Promise<Buffer> {
  return buffer(Readable.from(writeLayerTar(entries)));
}

/** What another implementation of tar makes of it. */
async function readWithTarStream(tar: Buffer): Promise<{ header: Header; content: string }[]> {
  const found: { header: Header; content: string }[] = [];
  const extractor = extract();
  extractor.end(tar);
  for await (const entry of extractor) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push({ header: entry.header, content: Buffer.concat(chunks).toString() });
  }
  return found;
}

describe("writing a layer tar", () => {
  test("another reader of tars finds names, kinds, content and the records of Windows", async () => {
    const tar = await tarOf([
      { kind: "directory", name: "Files", times: { ...times, lastAccess: 1_500_000_000n, creation: -1n } },
      {
        kind: "file",
        name: "Files/a.txt",
        times,
        attributes: 0x21,
        securityDescriptor: Uint8Array.of(1, 2, 3),
        extendedAttributes: [{ name: "EA", value: Uint8Array.of(9) }],
        size: 5,
        content: ["he", "llo"].map((text) => Buffer.from(text)),
      },
      { kind: "stream", name: "Files/a.txt:note", size: 4, content: Buffer.from("seen") },
      { kind: "symlink", name: "Files/link", times, target: "..\\a.txt" },
      { kind: "mount-point", name: "Files/mount", times, attributes: 0x410, target: "C:\\Users" },
      { kind: "hardlink", name: "Files/b.txt", target: "Files/a.txt" },
      { kind: "whiteout", name: "Files/dir/gone" },
      { kind: "opaque", name: "Files/dir" },
    ]);
    const found = await readWithTarStream(tar);
    expect(found.map(({ header, content }) => [header.name, header.type, header.linkname, content])).toEqual([
      ["Files", "directory", null, ""],
      ["Files/a.txt", "file", null, "hello"],
      ["Files/a.txt:note", "file", null, "seen"],
      ["Files/link", "symlink", "..\\a.txt", ""],
      ["Files/mount", "symlink", "C:\\Users", ""],
      ["Files/b.txt", "link", "Files/a.txt", ""],
      ["Files/dir/.wh.gone", "file", null, ""],
      ["Files/dir/.wh..wh..opq", "file", null, ""],
    ]);
    expect(found[0]?.header.pax).toEqual({
      "LIBARCHIVE.creationtime": "-0.000000001",
      "MSWINDOWS.fileattr": "16",
      atime: "1.5",
      ctime: "1700000000",
    });
    expect(found[1]?.header.pax).toMatchObject({ "MSWINDOWS.fileattr": "33", "MSWINDOWS.rawsd": "AQID", "MSWINDOWS.xattr.EA": "CQ==" });
    expect(found[4]?.header.pax).toMatchObject({ "MSWINDOWS.mountpoint": "1", "MSWINDOWS.fileattr": "1040" });
    expect(found[1]?.header.mtime).toEqual(new Date(1_700_000_000_000));
  });

  test("names that a header cannot hold, and times within a second, go into PAX records", async () => {
    const name = `Files/${"d".repeat(120)}/Ünïcödé.txt`;
    const tar = await tarOf([{ kind: "file", name, times: { lastWrite: 1_234_567_800n }, size: 0, content: [] }]);
    const [entry] = await readWithTarStream(tar);
    expect(entry?.header.name).toBe(name);
    expect(entry?.header.pax).toMatchObject({ path: name, mtime: "1.2345678" });
  });

  test("the same entries give the same bytes, however their content is cut", async () => {
    const content = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(content, async (pieces) => {
        const whole = Buffer.concat(pieces);
        const file = { kind: "file", name: "Files/f", times, size: whole.length } as const;
        const cut = await tarOf([{ ...file, content: pieces }]);
        expect(cut.equals(await tarOf([{ ...file, content: whole }]))).toBe(true);
        expect(cut.length % 512).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test("a file beyond eight gigabytes has its size in a PAX record", async () => {
    const size = 0o77777777777 + 1;
    const pieces = writeLayerTar([{ kind: "file", name: "Files/big", times, size, content: [Buffer.alloc(1)] }]);
    const head: Uint8Array[] = [];
    for (let index = 0; index < 4; index += 1) head.push((await pieces.next()).value as Uint8Array);
    await pieces.return();
    for await (const member of readTar(Readable.from(head))) {
      expect(member.size).toBe(size);
      break;
    }
  });

  test("content is read only as fast as the tar is", async () => {
    let asked = 0;
    function* content() {
      for (let index = 0; index < 1000; index += 1) {
        asked += 1;
        yield Buffer.alloc(1024);
      }
    }
    const pieces = writeLayerTar([{ kind: "file", name: "Files/f", times, size: 1_024_000, content: content() }]);
    for (let index = 0; index < 6; index += 1) await pieces.next();
    expect(asked).toBeLessThan(6);
    await pieces.return();
  });

  test.each([
    [
      "content larger than its size",
      { kind: "file", name: "Files/f", times, size: 1, content: Buffer.from("ab") },
      /more content than the 1 bytes/,
    ],
    [
      "content smaller than its size",
      { kind: "file", name: "Files/f", times, size: 3, content: Buffer.from("ab") },
      /has 2 bytes of content/,
    ],
    ["a name outside the layer", { kind: "directory", name: "Files/../x", times }, /'\.\.'/],
    ["a stream without its file", { kind: "stream", name: "Files/f:s", size: 0, content: [] }, /must follow the file/],
    ["a colon in a file's name", { kind: "file", name: "Files/f:s", times, size: 0, content: [] }, /is no stream/],
    ["a file whose name reads as a whiteout", { kind: "file", name: "Files/.wh.f", times, size: 0, content: [] }, /begins with '\.wh\.'/],
    ["a folder whose name reads as a whiteout", { kind: "directory", name: "Files/a/.wh.f", times }, /begins with '\.wh\.'/],
    ["the whiteout of a whole area", { kind: "whiteout", name: "Files" }, /root of the layer/],
  ] satisfies [string, LayerTarEntry, RegExp][])("%s is refused by the entry's name", async (_what, entry, message) => {
    await expect(tarOf([entry])).rejects.toThrow(message);
    await expect(tarOf([entry])).rejects.toMatchObject({
      code: "InvalidArgument",
      op: expect.stringMatching(/^layer-tar\./),
      resource: entry.name,
    });
  });
});
