import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LayerTarEntry, RawExportCalls } from "../src/index.ts";
import { refusing, withTombstoneFile, withTombstones } from "./altered-host.ts";
import { directory, file, times } from "./entries.ts";
import { ExportedLayers } from "./exported-layers.ts";
import type { FakeWindows } from "./fake-windows.ts";
import { pieces } from "./raw-tar.ts";
import { collect, readEntries, type WholeEntry } from "./read-entries.ts";

let layers: ExportedLayers<FakeWindows>;
beforeEach(async () => {
  layers = await ExportedLayers.onFake();
});
afterEach(async () => {
  expect(layers.host.openFiles).toBe(0);
  expect((await readdir(layers.root)).filter((name) => name.endsWith("-staging"))).toEqual([]);
  await layers[Symbol.asyncDispose]();
});

async function exported(name: string, parents: readonly string[] = []): Promise<WholeEntry[]> {
  return readEntries(pieces(await layers.export(name, parents)));
}

/** Kind and name of each entry. */
const outline = (entries: readonly LayerTarEntry[]): string[] => entries.map(({ kind, name }) => `${kind} ${name}`);

const rich: readonly LayerTarEntry[] = [
  directory("Files"),
  { ...directory("Files/b"), attributes: 0x12, securityDescriptor: Buffer.from("of b") } as LayerTarEntry,
  {
    ...file("Files/b/two", "data of two"),
    attributes: 0x23,
    times: { lastWrite: 1_111_111_100n, lastAccess: 2_222_222_200n, change: 3_333_333_300n, creation: 4_444_444_400n },
    securityDescriptor: Buffer.from("of two"),
    extendedAttributes: [{ name: "EA", value: Buffer.from("value") }],
  } as LayerTarEntry,
  { kind: "stream", name: "Files/b/two:note", size: 4, content: Buffer.from("seen") },
  { kind: "stream", name: "Files/b/two:empty", size: 0, content: Buffer.alloc(0) },
  { kind: "hardlink", name: "Files/a/again", target: "Files/b/two" },
  { kind: "symlink", name: "Files/link", times, target: "..\\b\\two" },
  { kind: "mount-point", name: "Files/mount", times, attributes: 0x410, target: "C:\\b" },
  file("Files/empty", ""),
];

describe("a base layer is exported", () => {
  test("with all that its tar said, links under the first name in the order of the walk", async () => {
    await layers.import("base", [], rich);
    const entries = await exported("base");
    expect(outline(entries)).toEqual([
      "directory Files",
      "directory Files/a",
      "file Files/a/again",
      "stream Files/a/again:note",
      "stream Files/a/again:empty",
      "directory Files/b",
      "hardlink Files/b/two",
      "file Files/empty",
      "symlink Files/link",
      "mount-point Files/mount",
    ]);
    expect(entries[2]).toMatchObject({ ...rich[2], name: "Files/a/again", content: Buffer.from("data of two") });
    expect(entries[3]).toMatchObject({ content: Buffer.from("seen") });
    expect(entries[5]).toMatchObject({ attributes: 0x12, securityDescriptor: Buffer.from("of b") });
    expect(entries[6]).toMatchObject({ target: "Files/a/again" });
    expect(entries[8]).toMatchObject({ target: "..\\b\\two" });
    expect(entries[9]).toMatchObject({ target: "C:\\b", attributes: 0x410 });
  });

  test("as the same bytes each time, and again after another import", async () => {
    await layers.import(
      "base",
      [],
      rich.filter(({ kind }) => kind !== "hardlink"),
    );
    const once = await layers.export("base");
    expect((await layers.export("base")).equals(once)).toBe(true);
    await layers.import("copy", [], once);
    expect((await layers.export("copy")).equals(once)).toBe(true);
  });

  test("with the boot configuration as the tar had it, and without what Windows made", async () => {
    const boot = "UtilityVM/Files/EFI/Microsoft/Boot/BCD";
    await layers.import("base", [], [directory("Files"), file("Files/$RECYCLE.BIN/x", "rubbish"), file(boot, "as it came")]);
    await writeFile(path.join(layers.folder("base"), boot), "changed by ProcessUtilityImage");
    await writeFile(path.join(layers.folder("base"), "UtilityVM", "SystemTemplate.vhdx"), "disk");
    const entries = await exported("base");
    expect(outline(entries)).toEqual([
      "directory Files",
      "directory UtilityVM",
      "directory UtilityVM/Files",
      "directory UtilityVM/Files/EFI",
      "directory UtilityVM/Files/EFI/Microsoft",
      "directory UtilityVM/Files/EFI/Microsoft/Boot",
      `file ${boot}`,
    ]);
    expect(entries.at(-1)).toMatchObject({ content: Buffer.from("as it came") });
  });

  test("with sparse files whole, which stay sparse", async () => {
    const data = Buffer.alloc(300_000);
    data.write("start");
    data.write("middle", 200_000);
    const sparse = { ...file("Files/sparse", ""), size: data.length, content: data, attributes: FileAttribute.SparseFile } as LayerTarEntry;
    const hole = {
      ...file("Files/hole", ""),
      size: 70_000,
      content: Buffer.alloc(70_000),
      attributes: FileAttribute.SparseFile,
    } as LayerTarEntry;
    await layers.import("base", [], [directory("Files"), hole, sparse]);
    const [, first, second] = await exported("base");
    expect(first).toMatchObject({ attributes: FileAttribute.SparseFile, size: 70_000 });
    expect(first?.content?.equals(Buffer.alloc(70_000))).toBe(true);
    expect(second?.content?.equals(data)).toBe(true);
  });

  test("file by file: large ones are read as fast as the tar is", async () => {
    const data = Buffer.alloc(3 * 1024 * 1024, "large ");
    const large = (name: string) => ({ ...file(name, ""), size: data.length, content: data }) as LayerTarEntry;
    await layers.import(
      "base",
      [],
      [directory("Files"), large("Files/a"), large("Files/b"), { kind: "stream", name: "Files/b:s", size: 3, content: Buffer.from("abc") }],
    );
    const found = await exported("base");
    expect(found.slice(1).map(({ content }) => content?.length)).toEqual([data.length, data.length, 3]);
    expect(found[2]?.content?.equals(data)).toBe(true);
    expect(layers.host.maxOpen).toBeLessThan(20);
  });
});

describe("a layer on another is exported", () => {
  beforeEach(async () => {
    await layers.import(
      "base",
      [],
      [directory("Files"), directory("Files/dir"), file("Files/dir/one", "1"), file("Files/dir/two", "2"), file("Files/gone", "x")],
    );
  });

  test("with what it adds and what it takes away, each folder before what is gone from it and what is in it", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        ...rich,
        directory("Hives"),
        file("Hives/System_Delta", "hive"),
        directory("Files/dir"),
        { kind: "whiteout", name: "Files/gone" },
        { kind: "whiteout", name: "Files/dir/two" },
        file("Files/dir/three", "3"),
      ],
    );
    const entries = await exported("next", ["base"]);
    expect(outline(entries)).toEqual([
      "directory Files",
      "whiteout Files/gone",
      "directory Files/a",
      "file Files/a/again",
      "stream Files/a/again:note",
      "stream Files/a/again:empty",
      "directory Files/b",
      "hardlink Files/b/two",
      "directory Files/dir",
      "whiteout Files/dir/two",
      "file Files/dir/three",
      "file Files/empty",
      "symlink Files/link",
      "mount-point Files/mount",
      "directory Hives",
      "file Hives/System_Delta",
    ]);
  });

  test("and imported again gives the same bytes", async () => {
    await layers.import(
      "next",
      ["base"],
      [directory("Files"), directory("Hives"), file("Files/new", "n"), { kind: "whiteout", name: "Files/gone" }],
    );
    const once = await layers.export("next", ["base"]);
    await layers.import("copy", ["base"], once);
    expect((await layers.export("copy", ["base"])).equals(once)).toBe(true);
  });

  test("with the times of its first hive for the folders that an export makes anew", async () => {
    const at = 1_234_567_800n;
    const hive = { ...file("Hives/System_Delta", "hive"), times: { lastWrite: at } } as LayerTarEntry;
    await layers.import("next", ["base"], [directory("Files"), directory("Hives"), hive]);
    const entries = await exported("next", ["base"]);
    expect(entries.map(({ name, ...rest }) => [name, "times" in rest ? rest.times.lastWrite : undefined])).toEqual([
      ["Files", at],
      ["Hives", at],
      ["Hives/System_Delta", at],
    ]);
  });

  test("with the mark of an opaque folder where one was removed and made again, and nothing for a file", async () => {
    await layers.import(
      "next",
      ["base"],
      [directory("Files"), directory("Files/dir"), file("Files/dir/new", "n"), file("Files/gone", "back")],
    );
    const raw = withTombstones(layers.host, ["\\dir", "\\gone", "\\elsewhere\\x", "\\DIR"]);
    const entries = await readEntries(layers.stream("next", ["base"], { raw }));
    expect(outline(entries).slice(1)).toEqual([
      "directory Files/dir",
      "opaque Files/dir",
      "file Files/dir/new",
      "file Files/gone",
      "whiteout Files/elsewhere/x",
      "directory Hives",
    ]);
  });

  test.each([
    ["is missing", undefined, /tombstones\.txt is not there/],
    ["is of another version", "Version 2.0\n", /begins with "Version 2\.0"/],
    ["names no path", "Version 1.0\nfoo", /names "foo"/],
  ])("unless the list of removed files %s", async (_what, text, message) => {
    await layers.import("next", ["base"], [directory("Files")]);
    const raw = withTombstoneFile(layers.host, text);
    await expect(collect(layers.stream("next", ["base"], { raw }))).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringMatching(message),
    });
  });

  test("or as a list of changes with the size of the files", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        directory("Files"),
        directory("Files/dir"),
        file("Files/dir/one", "changed"),
        { kind: "opaque", name: "Files/dir" },
        { kind: "whiteout", name: "Files/gone" },
        file("Files/new/file", "new"),
        { kind: "symlink", name: "Files/link", times, target: "x" },
      ],
    );
    expect(await layers.changes("next", ["base"])).toEqual({
      changes: [
        { path: "\\dir", kind: "modified" },
        { path: "\\dir\\one", kind: "modified" },
        { path: "\\dir\\two", kind: "deleted" },
        { path: "\\gone", kind: "deleted" },
        { path: "\\link", kind: "added" },
        { path: "\\new", kind: "added" },
        { path: "\\new\\file", kind: "added" },
      ],
      size: "changed".length + "new".length,
    });
  });
});

describe("an export that does not come to its end", () => {
  beforeEach(async () => {
    const data = Buffer.alloc(400_000, 1);
    const many = Array.from(
      { length: 20 },
      (_, index) => ({ ...file(`Files/${index}`, ""), size: data.length, content: data }) as LayerTarEntry,
    );
    await layers.import("base", [], [directory("Files"), ...many]);
    await layers.import("next", ["base"], [directory("Files"), ...many]);
  });

  test.each([
    ["base", []],
    ["next", ["base"]],
  ] as const)("because nobody wants more of %s leaves nothing behind", async (name, parents) => {
    for await (const _ of layers.stream(name, parents)) break;
    const untouched = layers.stream(name, parents);
    await untouched.return(undefined);
  });

  test.each([
    ["base", []],
    ["next", ["base"]],
  ] as const)("because it is cancelled says so, and leaves nothing of %s behind", async (name, parents) => {
    const cancel = new AbortController();
    const reading = (async () => {
      for await (const _ of layers.stream(name, parents, { signal: cancel.signal })) cancel.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: "Unavailable", op: "layer.export" });
  });
});

describe("when a call fails", () => {
  test.each(["ExportLayer", "OpenBackupReader", "BackupRead", "GetFileFacts", "ReadDirectory"])(
    "%s, at any of its calls: the error names it, and nothing is left open",
    async (op) => {
      await layers.import("base", [], rich);
      await layers.import("next", ["base"], rich);
      for (const [name, parents] of [
        ["base", []],
        ["next", ["base"]],
      ] as const) {
        for (let nth = 1; ; nth += 1) {
          const { raw, refused } = refusing(layers.host, op, nth);
          const outcome = await collect(layers.stream(name, parents, { raw })).catch((error: unknown) => error);
          expect(layers.host.openFiles).toBe(0);
          if (!refused()) {
            expect(outcome).toBeInstanceOf(Buffer);
            break;
          }
          expect(outcome, `call ${nth}`).toMatchObject({ code: "PermissionDenied", op });
        }
      }
    },
  );

  test("with what no tar can hold, the error names the file", async () => {
    await layers.import("base", [], [directory("Files"), { kind: "symlink", name: "Files/odd", times, target: "x" }]);
    const { BackupRead } = layers.host.win32;
    const win32: RawExportCalls["win32"] = {
      ...layers.host.win32,
      BackupRead: async (handle, length) => {
        const answer = await BackupRead(handle, length);
        // The tag of WSL's links instead of Windows' own.
        return { ...answer, chunk: Buffer.from(Buffer.from(answer.chunk).toString("hex").replace("0c0000a0", "1d0000a0"), "hex") };
      },
    };
    await expect(collect(layers.stream("base", [], { raw: { layers: layers.host.layers, win32 } }))).rejects.toMatchObject({
      code: "FailedPrecondition",
      resource: "Files/odd",
      message: expect.stringContaining("0xA000001D"),
    });
  });
});
