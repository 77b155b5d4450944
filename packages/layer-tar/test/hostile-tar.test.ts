import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { directory, file } from "./entries.ts";
import { ImportedLayers } from "./imported-layers.ts";
import { pieces, type RawMember, rawTar } from "./raw-tar.ts";

/** Each has a name that no layer can have; the error names it. */
const badNames: readonly [what: string, name: string][] = [
  ["the folder above", "Files/../../outside"],
  ["the folder above, at the start", "../Files/x"],
  ["the folder above, with backslashes", "Files\\..\\..\\outside"],
  ["the folder above, in mixed slashes", "Files/a\\../..\\/outside"],
  ["only the folder above", ".."],
  ["an absolute name", "/Files/x"],
  ["an absolute name with a backslash", "\\Files\\x"],
  ["a server's name", "\\\\server\\share\\x"],
  ["a device path", "\\\\?\\C:\\x"],
  ["a drive letter", "C:/Files/x"],
  ["a drive letter without a slash", "c:x"],
  ["no area of a layer", "x"],
  ["another area", "Other/x"],
  ["the layer's own bookkeeping", "oriel-layer.json"],
  ["the layer's chain", "layerchain.json"],
  ["the scratch's disk", "sandbox.vhdx"],
  ["the list of tombstones", "tombstones.txt"],
  ["the marker of directories", "Files/a.$wcidirs$"],
  ["the marker of directories in another case", "Files/a.$WcIdIrS$"],
  ["the marker of an area", "Files.$wcidirs$"],
  ["a device", "Files/NUL"],
  ["a device in another case", "Files/nul"],
  ["a device with an extension", "Files/con.txt"],
  ["a device with a space before the extension", "Files/con .txt"],
  ["a folder that is a device", "Files/AUX/x"],
  ["a serial port", "Files/com1"],
  ["a serial port with a superscript", "Files/COM²"],
  ["a printer", "Files/LPT9.log"],
  ["the console's input", "Files/CONIN$"],
  ["a closing dot", "Files/a."],
  ["a closing space", "Files/a /b"],
  ["three dots", "Files/..."],
  ["a wildcard", "Files/*"],
  ["a question mark", "Files/a?"],
  ["a pipe sign", "Files/a|b"],
  ["angle brackets", "Files/<a>"],
  ["a quotation mark", 'Files/a"b'],
  ["a control character", "Files/a\u0001"],
  ["a line feed", "Files/a\nb"],
  ["a part that is too long", `Files/${"x".repeat(256)}`],
  ["a stream of a folder on the way", "Files/a:s/b"],
  ["a stream without a name", "Files/a:"],
  ["a stream of another type", "Files/a:s:$INDEX_ALLOCATION"],
  ["a directory's index", "Files/a::$INDEX_ALLOCATION"],
  ["a stream with a slash", "Files/a:..\\b"],
  ["a whiteout of nothing", "Files/.wh."],
  ["a whiteout of the folder itself", "Files/.wh.."],
  ["a whiteout of the folder above", "Files/.wh..."],
  ["a whiteout of a device", "Files/.wh.nul"],
  ["a mark of another union file system", "Files/.wh..wh.plnk"],
];

const inner: RawMember = { name: "Files/a", content: "alpha" };

/** Each is refused for its last member. */
const badMembers: readonly [what: string, members: readonly RawMember[], named?: string][] = [
  ["a file twice", [inner, { ...inner }]],
  ["a file twice in different cases", [inner, { name: "Files/A" }]],
  ["names that differ in the case of a letter with no ASCII form", [{ name: "Files/ä" }, { name: "Files/Ä" }]],
  [
    "a directory twice",
    [
      { name: "Files/d", flag: "5" },
      { name: "Files/D/", flag: "5" },
    ],
  ],
  ["a file where entries lie below", [{ name: "Files/d/a" }, { name: "Files/D" }]],
  ["an entry below a file", [inner, { name: "Files/a/b" }]],
  ["an entry below a file, in another case", [inner, { name: "Files/A/b" }]],
  ["an entry below a link", [{ name: "Files/l", flag: "2", link: "." }, { name: "Files/l/x" }]],
  ["an entry below a link, in another case", [{ name: "Files/l", flag: "2", link: "." }, { name: "Files/L/x" }]],
  [
    "an entry below a link to a directory",
    [{ name: "Files/l", flag: "2", link: "/etc", pax: { "MSWINDOWS.fileattr": "1040" } }, { name: "Files/l/x" }],
  ],
  ["an area that is a file", [{ name: "Files" }]],
  ["an area that is a link", [{ name: "Files", flag: "2", link: "/etc" }]],
  ["a utility VM that is a link", [inner, { name: "UtilityVM/Files", flag: "2", link: "/etc" }]],
  ["a file beside the utility VM's files", [inner, { name: "UtilityVM/SystemTemplate.vhdx" }]],
  ["a hard link to a file outside", [inner, { name: "Files/b", flag: "1", link: "/etc/passwd" }]],
  ["a hard link upward", [inner, { name: "Files/b", flag: "1", link: "Files/../../../../etc/passwd" }]],
  ["a hard link to nothing", [inner, { name: "Files/b", flag: "1" }]],
  ["a hard link to a stream", [inner, { name: "Files/b", flag: "1", link: "Files/a:s" }]],
  ["a hard link to a file that is not there", [inner, { name: "Files/b", flag: "1", link: "Files/missing" }]],
  ["a hard link to a directory", [inner, { name: "Files/b", flag: "1", link: "Files" }]],
  ["a hard link to itself", [inner, { name: "Files/b", flag: "1", link: "Files/b" }]],
  ["a link to a name with NUL", [inner, { name: "Files/b", flag: "2", pax: { linkpath: "a\0b" } }], "a\0b"],
  ["a link with a target that is too long", [inner, { name: "Files/b", flag: "2", pax: { linkpath: "x".repeat(9000) } }]],
  ["a mount point to a relative target", [inner, { name: "Files/b", flag: "2", link: "x", pax: { "MSWINDOWS.mountpoint": "1" } }]],
  ["a device", [inner, { name: "Files/b", flag: "3" }]],
  ["a block device", [inner, { name: "Files/b", flag: "4" }]],
  ["a named pipe", [inner, { name: "Files/b", flag: "6" }]],
  ["a member of an unknown kind", [inner, { name: "Files/b", flag: "S" }]],
  ["a stream without a file", [{ name: "Files/b:s", content: "x" }]],
  ["a stream of another file", [inner, { name: "Files/b:s", content: "x" }]],
  ["a stream that comes too late", [inner, { name: "Files/c" }, { name: "Files/a:s", content: "x" }]],
  ["a stream that is a directory", [inner, { name: "Files/a:s", flag: "5" }]],
  ["a whiteout that is a directory", [inner, { name: "Files/.wh.x", flag: "5" }]],
  ["attributes that are no number", [inner, { name: "Files/b", pax: { "MSWINDOWS.fileattr": "0x20" } }]],
  ["attributes beyond 32 bits", [inner, { name: "Files/b", pax: { "MSWINDOWS.fileattr": "4294967296" } }]],
  ["a file with the attribute of directories", [inner, { name: "Files/b", pax: { "MSWINDOWS.fileattr": "16" } }]],
  ["a security descriptor that is not base64", [inner, { name: "Files/b", pax: { "MSWINDOWS.rawsd": "!" } }]],
  ["an extended attribute that is not base64", [inner, { name: "Files/b", pax: { "MSWINDOWS.xattr.A": "=" } }]],
  ["an extended attribute without a name", [inner, { name: "Files/b", pax: { "MSWINDOWS.xattr.": "QQ==" } }]],
  ["a time before 1601", [inner, { name: "Files/b", pax: { mtime: "-99999999999" } }]],
  ["a time after 30828", [inner, { name: "Files/b", pax: { atime: "999999999999999" } }]],
  ["a creation time that is none", [inner, { name: "Files/b", pax: { "LIBARCHIVE.creationtime": "then" } }]],
  ["a size that lies", [inner, { name: "Files/b", content: "x", size: 4096 }]],
  ["a root that is a file", [inner, { name: "./", flag: "0", content: "x" }], "./"],
];

let layers: ImportedLayers;
let outside: string;
beforeEach(async () => {
  layers = await ImportedLayers.open();
  outside = layers.folder("outside");
  await mkdir(outside);
  await writeFile(path.join(outside, "keep"), "keep");
  await layers.import("base", [], [directory("Files"), file("Files/one", "1"), directory("Files/dir"), file("Files/dir/two", "2")]);
});
afterEach(async () => {
  expect(layers.hcs.liveHandles().files).toBe(0);
  expect(await readFile(path.join(outside, "keep"), "utf8")).toBe("keep");
  expect(await readdir(outside)).toEqual(["keep"]);
  await layers[Symbol.asyncDispose]();
});

/** Both ways of making a layer; nothing may be outside their folders afterwards. */
async function expectRefused(tar: Uint8Array, named?: string): Promise<void> {
  for (const [name, parents] of [
    ["as-base", []],
    ["as-later", ["base"]],
  ] as const) {
    const expected = { code: "InvalidArgument", resource: named };
    await expect(layers.import(name, parents, pieces(tar)), name).rejects.toMatchObject(expected);
    await layers.hcs.layers.DestroyLayer({ flavour: 1, homeDir: "" }, layers.folder(name));
  }
  expect((await readdir(layers.root)).sort()).toEqual(["base", "outside"]);
  expect(await layers.tree("base")).toEqual({ one: "1", dir: { two: "2" } });
}

describe("a tar is refused by the name of its entry", () => {
  test.each(badNames)("for %s: %j", async (_what, name) => {
    await expectRefused(rawTar([inner, { name: "placeholder", pax: { path: name } }]), name);
    await expectRefused(rawTar([inner, { name: "placeholder", flag: "5", pax: { path: name } }]), name);
  });

  test.each(badMembers)("for %s", async (_what, members, named) => {
    await expectRefused(rawTar(members), named ?? members.at(-1)?.name.toString().replace(/\/$/, ""));
  });

  test.each([
    ["a whiteout in a base layer", { name: "Files/.wh.x" }, "Files/x"],
    ["an opaque directory in a base layer", { name: "Files/d/.wh..wh..opq" }, "Files/d"],
  ])("for %s", async (_what, member, named) => {
    await expect(layers.import("bad", [], pieces(rawTar([inner, member])))).rejects.toMatchObject({
      code: "InvalidArgument",
      resource: named,
    });
  });

  test.each([
    ["a whiteout of a hive", { name: "Hives/.wh.x" }, "Hives/x"],
    ["a stream of a hive", { name: "Hives/h:s" }, "Hives/h:s"],
    ["a link among the hives", { name: "Hives/l", flag: "2", link: "x" }, "Hives/l"],
    ["a hard link from files to hives", { name: "Files/l", flag: "1", link: "Hives/h" }, "Files/l"],
    ["a hard link from files to the utility VM", { name: "Files/l", flag: "1", link: "UtilityVM/Files/x" }, "Files/l"],
  ])("for %s in a layer on another", async (_what, member, named) => {
    const tar = rawTar([inner, { name: "Hives/h" }, member]);
    await expect(layers.import("bad", ["base"], pieces(tar))).rejects.toMatchObject({ code: "InvalidArgument", resource: named });
    expect(await readdir(layers.root)).not.toContain("bad-staging");
  });

  test("for a base layer without files", async () => {
    await expect(layers.import("bad", [], pieces(rawTar([])))).rejects.toThrow(/nothing in Files/);
  });
});

describe("a link of a layer below", () => {
  beforeEach(async () => {
    // As a hostile layer would have it, if it got past all else.
    await symlink(outside, path.join(layers.folder("base"), "Files", "escape"));
  });

  test("is not followed to the target of a hard link", async () => {
    const tar = rawTar([{ name: "Files/stolen", flag: "1", link: "Files/escape/keep" }]);
    await expect(layers.import("bad", ["base"], pieces(tar))).rejects.toMatchObject({ code: "InvalidArgument", resource: "Files/stolen" });
  });

  test("is not followed by an opaque directory or a whiteout", async () => {
    const tar = rawTar([{ name: "Files/escape/.wh..wh..opq" }, { name: "Files/escape/.wh.keep" }]);
    await layers.import("next", ["base"], pieces(tar)).catch(() => {});
    expect(await readdir(outside)).toEqual(["keep"]);
  });

  test("is replaced, not written through, by entries below its name", async () => {
    await layers.import("next", ["base"], pieces(rawTar([{ name: "Files/escape/new", content: "x" }])));
    expect(await layers.tree("next")).toEqual({ escape: { new: "x" } });
  });
});

test("whatever is in a tar, nothing is written outside the layer, and only known errors come out", async () => {
  const part = fc.constantFrom(
    "Files",
    "files",
    "Hives",
    "UtilityVM",
    "..",
    ".",
    "",
    "a",
    "A",
    "b",
    ".wh.a",
    ".wh..wh..opq",
    "a:s",
    "nul",
    "C:",
    "x.$wcidirs$",
  );
  const name = fc
    .array(part, { minLength: 1, maxLength: 4 })
    .chain((parts) => fc.constantFrom("/", "\\").map((slash) => parts.join(slash)));
  const member = fc.record({
    name,
    flag: fc.constantFrom("0", "0", "0", "5", "5", "1", "2", "3"),
    link: fc.oneof(name, fc.constantFrom("/etc/passwd", "../../../outside/keep", "C:\\Windows")),
    content: fc.constantFrom("", "text"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 8 }), fc.boolean(), async (members, later) => {
      const tar = rawTar(members.map((each) => ({ ...each, content: each.flag === "0" ? each.content : "" })));
      try {
        await layers.import("fuzz", later ? ["base"] : [], pieces(tar));
      } catch (error) {
        expect(error).toMatchObject({ code: "InvalidArgument" });
      }
      await layers.hcs.layers.DestroyLayer({ flavour: 1, homeDir: "" }, layers.folder("fuzz"));
      expect((await readdir(layers.root)).sort()).toEqual(["base", "outside"]);
      expect(await readdir(outside)).toEqual(["keep"]);
    }),
    { numRuns: 150 },
  );
});
