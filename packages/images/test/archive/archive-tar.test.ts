import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { inPieces, type TarEntry as TestEntry, tarFile } from "@oriel/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readArchiveTar } from "../../src/archive/archive-tar.ts";

async function read(data: Uint8Array, pieceSize?: number) {
  const entries: { name: string; type: string; linkName: string; content: string }[] = [];
  for await (const { name, type, linkName, content } of readArchiveTar(inPieces(data, pieceSize))) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    entries.push({ name, type, linkName, content: Buffer.concat(chunks).toString() });
  }
  return entries;
}

/** A tar of one file whose header has these bytes at an offset, and the checksum for it. */
function withHeaderBytes(offset: number, bytes: readonly number[], content = "content"): Uint8Array {
  const data = Buffer.from(tarFile([{ name: "x", content }]));
  data.set(bytes, offset);
  data.write("        ", 148, "latin1");
  const sum = data.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  data.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return data;
}

describe("reading the tar of an image archive", () => {
  it("gives back what a tar was made of, in pieces of any size", async () => {
    const name = fc.stringMatching(/^[a-zé]{1,8}(\/[a-z]{1,60}){0,3}$/);
    const entry: fc.Arbitrary<TestEntry> = fc.oneof(
      fc.record({ name, content: fc.string({ maxLength: 1500 }) }),
      fc.record({ name, symlink: name.filter((text) => text.length < 90) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), fc.integer({ min: 1, max: 2000 }), async (entries, pieceSize) => {
        const expected = entries.map((item) =>
          "content" in item
            ? { name: item.name, type: "file", linkName: "", content: item.content }
            : { name: item.name, type: "symlink", linkName: "symlink" in item ? item.symlink : "", content: "" },
        );
        expect(await read(tarFile(entries), pieceSize)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("passes over content that nobody reads", async () => {
    const names: string[] = [];
    const data = tarFile(["a", "b", "c"].map((name) => ({ name, content: name.repeat(700) })));
    for await (const { name, content } of readArchiveTar(inPieces(data, 100))) {
      names.push(name);
      if (name === "b") for await (const _ of content) break;
    }
    expect(names).toEqual(["a", "b", "c"]);
  });

  it.skipIf(process.platform === "win32")("reads what the tar command writes, in each of its formats", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-tar-"));
    const long = `${"n".repeat(120)}.txt`;
    await writeFile(path.join(folder, long), "long");
    await writeFile(path.join(folder, "short"), "short");
    await symlink(long, path.join(folder, "link"));
    for (const format of ["gnu", "pax"]) {
      const data = execFileSync("tar", ["-c", `--format=${format}`, "-C", folder, long, "short", "link"]);
      expect(await read(data), format).toEqual([
        { name: long, type: "file", linkName: "", content: "long" },
        { name: "short", type: "file", linkName: "", content: "short" },
        { name: "link", type: "symlink", linkName: long, content: "" },
      ]);
    }
    await rm(folder, { recursive: true });
  });

  it("reads binary sizes, and takes directories for empty whatever they claim", async () => {
    expect((await read(withHeaderBytes(124, [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])))[0]?.content).toBe("content");
    const claim = [...Buffer.from("00000001000\0")];
    const directory = withHeaderBytes(124, [...claim, ...new Array<number>(20).fill(0), "5".charCodeAt(0)], "");
    expect(await read(directory)).toMatchObject([{ type: "directory", content: "" }]);
  });

  it.each([
    ["a size out of range", withHeaderBytes(124, [0x92, 0x47, 0x8c, 0x18, 0xad, 0xbc, 0xdf, 0xc9]), 'its entry "x" has a size of 5'],
    ["a negative size", withHeaderBytes(124, new Array<number>(12).fill(0xff)), 'its entry "x" claims a size of -1'],
    ["a size that is no number", withHeaderBytes(124, [0x39, 0x39]), 'its entry "x" has a size that is no number'],
    [
      "a wrong checksum",
      tarFile([{ name: "x", content: "" }]).fill(1, 0, 1),
      "it has a header with a wrong checksum: it is damaged, no tar, or still compressed",
    ],
    ["a torn header", tarFile([{ name: "x", content: "abc" }]).subarray(0, 100), "it is torn: it ends without an end-of-archive block"],
    [
      "a torn file",
      tarFile([{ name: "x", content: "abc" }]).subarray(0, 513),
      'its entry "x" is torn: of 3 bytes and their padding, 2 are missing',
    ],
    [
      "junk behind an entry",
      Buffer.concat([tarFile([{ name: "x", content: "" }]).subarray(0, 512), Buffer.alloc(512, 1)]),
      'its entry "x" is the last that can be read: what follows has a header with a wrong checksum',
    ],
    ["a PAX size that is none", tarFile([{ name: "x", content: "", pax: { size: "-1" } }]), 'its entry "x" claims a size of -1'],
    [
      "a sparse file",
      tarFile([{ name: "x", content: "", pax: { "GNU.sparse.major": "1" } }]),
      'its entry "x" is sparse in GNU\'s way, which is not read; make the tar without --sparse',
    ],
  ])("refuses %s", async (_, data, message) => {
    await expect(read(data)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining(`the archive is broken: ${message}`),
    });
  });

  it("refuses extended headers that are malformed", async () => {
    for (const body of ["", "5", "99 path=x\n", "-9 path=x\n", "0 path=x\n", "9 path:x\n", "9 path=xy", "1e1 path=x\n"]) {
      const data = Buffer.from(
        tarFile([
          { name: "x", content: body },
          { name: "y", content: "" },
        ]),
      );
      data.write("x", 156, "latin1");
      data.write("        ", 148, "latin1");
      const sum = data.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      data.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      if (body === "") expect(await read(data)).toMatchObject([{ name: "y" }]);
      else await expect(read(data), body).rejects.toMatchObject({ message: expect.stringMatching(/has a PAX record w/) });
    }
  });

  it("reads to the end of the source, so that its sender can finish", async () => {
    const data = Buffer.concat([tarFile([{ name: "x", content: "abc" }]), Buffer.alloc(100_000)]);
    let sent = 0;
    const source = async function* () {
      for await (const piece of inPieces(data)) {
        yield piece;
        sent += piece.length;
      }
    };
    for await (const _ of readArchiveTar(source()));
    expect(sent).toBe(data.length);
  });
});
