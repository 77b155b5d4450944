import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type BackupHandle, type BasicInfo, hresultFailed, hresultFromWin32, type RawHcs, S_OK, WIN32 } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BackupStreamKind,
  type BackupStreamPart,
  backupStreamBytes,
  dataOf,
  extendedAttributeBytes,
  junctionBytes,
  parseBackupStream,
  securityBytes,
  sparseBlock,
  symbolicLinkBytes,
} from "./backup-stream-bytes.ts";
import type { ContractOptions } from "./raw-hcs-contract.ts";

export interface RawFilesFixture {
  readonly raw: Pick<RawHcs, "win32">;
  /** An empty folder on the file system that layers are kept on. The suite makes layer folders in it. */
  readonly folder: string;
  dispose(): Promise<void>;
}

const denied = hresultFromWin32(WIN32.ACCESS_DENIED);
const fileNotFound = hresultFromWin32(WIN32.FILE_NOT_FOUND);
const absent = [fileNotFound, hresultFromWin32(WIN32.PATH_NOT_FOUND)];
const taken = [hresultFromWin32(WIN32.FILE_EXISTS), hresultFromWin32(WIN32.ALREADY_EXISTS)];

const ReadOnly = 0x1;
const Hidden = 0x2;
const System = 0x4;
const Directory = 0x10;
const Archive = 0x20;
const ReparsePoint = 0x400;

const text = (content: string): Uint8Array => Buffer.from(content);
const data = (content: string): BackupStreamPart => ({ kind: BackupStreamKind.Data, name: "", data: text(content) });
const part = (kind: number, bytes: Uint8Array, name = ""): BackupStreamPart => ({ kind, name, data: bytes });

/** To the step of 100 ns in which Windows counts. */
const times: Omit<BasicInfo, "attributes"> = {
  creationTime: 1_514_862_245_123_456_700n,
  lastAccessTime: 1_614_862_245_000_000_100n,
  lastWriteTime: 1_614_862_246_999_999_900n,
  changeTime: 1_714_862_245_765_432_100n,
};

/** What every provider does alike with files of layers: the emulator, a stand-in for kernel32, and Windows itself. */
export function rawFilesContract(name: string, factory: () => Promise<RawFilesFixture>, options: ContractOptions = {}): void {
  const title = `files of layers: ${name}${options.skip ? ` (skipped: ${options.skip})` : ""}`;

  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: RawFilesFixture;
    let raw: RawHcs["win32"];
    let root: string;
    const at = (...names: readonly string[]): string => path.join(root, "Files", ...names);

    beforeEach(async () => {
      fixture = await factory();
      raw = fixture.raw.win32;
      root = path.join(fixture.folder, "layer");
      await mkdir(path.join(root, "Files"), { recursive: true });
    });
    afterEach(() => fixture.dispose());

    async function create(file: string, directory: boolean, ...parts: readonly BackupStreamPart[]): Promise<void> {
      const opened = await raw.CreateBackupFile(root, file, directory);
      expect(opened.hresult).toBe(S_OK);
      await write(opened.file, backupStreamBytes(...parts));
      await close(opened.file);
    }

    async function write(file: BackupHandle, bytes: Uint8Array): Promise<void> {
      expect((await raw.BackupWrite(file, bytes)).hresult).toBe(S_OK);
    }

    async function close(file: BackupHandle): Promise<void> {
      expect((await raw.CloseBackupFile(file)).hresult).toBe(S_OK);
    }

    async function read(file: string, length = 65_536): Promise<BackupStreamPart[]> {
      const opened = await raw.OpenBackupReader(root, file);
      expect(opened.hresult).toBe(S_OK);
      const pieces: Uint8Array[] = [];
      for (;;) {
        const { hresult, chunk } = await raw.BackupRead(opened.file, length);
        expect(hresult).toBe(S_OK);
        expect(chunk.length <= length).toBe(true);
        if (chunk.length === 0) break;
        pieces.push(Uint8Array.from(chunk));
      }
      await close(opened.file);
      return parseBackupStream(Buffer.concat(pieces));
    }

    async function factsOf(file: string) {
      const opened = await raw.OpenBackupReader(root, file);
      expect(opened.hresult).toBe(S_OK);
      const { hresult, facts } = await raw.GetFileFacts(opened.file);
      expect(hresult).toBe(S_OK);
      await close(opened.file);
      return facts;
    }

    async function setInfo(file: string, info: BasicInfo): Promise<void> {
      const opened = await raw.OpenBackupFile(root, file);
      expect(opened.hresult).toBe(S_OK);
      expect((await raw.SetBasicInfo(opened.file, info)).hresult).toBe(S_OK);
      await close(opened.file);
    }

    async function namesIn(folder: string): Promise<string[]> {
      const { hresult, names } = await raw.ReadDirectory(root, folder);
      expect(hresult).toBe(S_OK);
      return [...names].sort();
    }

    const only = (parts: readonly BackupStreamPart[], kind: number) => parts.filter((found) => found.kind === kind);
    const bytesOf = (parts: readonly BackupStreamPart[], kind: number) =>
      only(parts, kind).map((found) => Buffer.from(found.data).toString("hex"));

    describe("backup streams", () => {
      it("writes the data of a file, which then is in the file", async () => {
        await create(at("a.txt"), false, data("hello"));
        expect(await readFile(at("a.txt"), "utf8")).toBe("hello");
        expect(Buffer.from(dataOf(await read(at("a.txt")))).toString()).toBe("hello");
      });

      it("reads the data of a file that was made otherwise", async () => {
        await writeFile(at("plain.txt"), "plain");
        expect(Buffer.from(dataOf(await read(at("plain.txt")))).toString()).toBe("plain");
      });

      it("keeps an empty file", async () => {
        await create(at("empty"), false, data(""));
        expect((await factsOf(at("empty"))).size).toBe(0n);
        expect(dataOf(await read(at("empty"))).length).toBe(0);
      });

      it.each([1, 7, 20, 4096])("takes a stream in pieces of %i bytes, cut anywhere, and gives it in such", async (size) => {
        const content = Buffer.from(Array.from({ length: 300 }, (_, value) => value % 251));
        const bytes = backupStreamBytes(
          part(BackupStreamKind.Security, securityBytes(true)),
          part(BackupStreamKind.Data, content),
          part(BackupStreamKind.Alternate, text("stream"), ":Zone.Identifier:$DATA"),
        );
        const opened = await raw.CreateBackupFile(root, at("pieces"), false);
        for (let from = 0; from < bytes.length; from += size) await write(opened.file, bytes.subarray(from, from + size));
        await close(opened.file);
        const parts = await read(at("pieces"), Math.max(size, 64));
        expect(Buffer.from(dataOf(parts)).equals(content)).toBe(true);
        expect(bytesOf(parts, BackupStreamKind.Security)).toEqual([Buffer.from(securityBytes(true)).toString("hex")]);
        expect(only(parts, BackupStreamKind.Alternate).map((found) => found.name)).toEqual([":Zone.Identifier:$DATA"]);
      });

      it("keeps 3 MiB whole", async () => {
        const content = Buffer.alloc(3 << 20);
        for (let index = 0; index < content.length; index += 1) content[index] = (index * 7 + (index >> 8)) & 0xff;
        await create(at("big"), false, part(BackupStreamKind.Data, content));
        expect((await factsOf(at("big"))).size).toBe(BigInt(content.length));
        expect(Buffer.from(dataOf(await read(at("big")))).equals(content)).toBe(true);
      });

      it("keeps security, extended attributes and alternate streams of a file", async () => {
        const attributes = extendedAttributeBytes({ "$ORIEL.ONE": text("1"), "$ORIEL.TWO": Buffer.from([0, 255, 1]) });
        const written = [
          part(BackupStreamKind.Security, securityBytes(true)),
          part(BackupStreamKind.ExtendedAttributes, attributes),
          data("content"),
          part(BackupStreamKind.Alternate, text("first"), ":one:$DATA"),
          part(BackupStreamKind.Alternate, text(""), ":empty:$DATA"),
        ];
        await create(at("all"), false, ...written);
        const parts = await read(at("all"));
        expect(Buffer.from(dataOf(parts)).toString()).toBe("content");
        expect(bytesOf(parts, BackupStreamKind.Security)).toEqual([Buffer.from(securityBytes(true)).toString("hex")]);
        expect(bytesOf(parts, BackupStreamKind.ExtendedAttributes)).toEqual([Buffer.from(attributes).toString("hex")]);
        const streams = only(parts, BackupStreamKind.Alternate).map((found) => [found.name, Buffer.from(found.data).toString()]);
        expect(streams.sort()).toEqual([
          [":empty:$DATA", ""],
          [":one:$DATA", "first"],
        ]);
      });

      it("keeps security and alternate streams of a directory, which has no data", async () => {
        await create(
          at("dir"),
          true,
          part(BackupStreamKind.Security, securityBytes(false)),
          part(BackupStreamKind.Alternate, text("s"), ":s:$DATA"),
        );
        const parts = await read(at("dir"));
        expect(bytesOf(parts, BackupStreamKind.Security)).toEqual([Buffer.from(securityBytes(false)).toString("hex")]);
        expect(only(parts, BackupStreamKind.Alternate).map((found) => found.name)).toEqual([":s:$DATA"]);
        expect(only(parts, BackupStreamKind.Data)).toEqual([]);
      });

      it("has a security descriptor for every file and directory, also where none was written", async () => {
        await writeFile(at("plain.txt"), "plain");
        for (const file of [at("plain.txt"), at()]) {
          const [security, ...more] = only(await read(file), BackupStreamKind.Security);
          expect(more).toEqual([]);
          // Revision 1, self-relative.
          expect(security?.data[0]).toBe(1);
          expect((security?.data[3] ?? 0) & 0x80).toBe(0x80);
        }
      });

      it("replaces the security of what is there already", async () => {
        await create(at("dir"), true, part(BackupStreamKind.Security, securityBytes(false)));
        const opened = await raw.OpenBackupFile(root, at("dir"));
        await write(opened.file, backupStreamBytes(part(BackupStreamKind.Security, securityBytes(true))));
        await close(opened.file);
        expect(bytesOf(await read(at("dir")), BackupStreamKind.Security)).toEqual([Buffer.from(securityBytes(true)).toString("hex")]);
      });

      it("keeps symbolic links and junctions as they were written, and says that they are links", async () => {
        await create(at("link"), false, part(BackupStreamKind.Reparse, symbolicLinkBytes("b")));
        await create(at("folder-link"), true, part(BackupStreamKind.Reparse, symbolicLinkBytes("..\\there")));
        await create(at("junction"), true, part(BackupStreamKind.Reparse, junctionBytes("C:\\Windows")));
        expect(bytesOf(await read(at("link")), BackupStreamKind.Reparse)).toEqual([Buffer.from(symbolicLinkBytes("b")).toString("hex")]);
        expect(bytesOf(await read(at("folder-link")), BackupStreamKind.Reparse)).toEqual([
          Buffer.from(symbolicLinkBytes("..\\there")).toString("hex"),
        ]);
        expect(bytesOf(await read(at("junction")), BackupStreamKind.Reparse)).toEqual([
          Buffer.from(junctionBytes("C:\\Windows")).toString("hex"),
        ]);
        expect((await factsOf(at("link"))).attributes & (ReparsePoint | Directory)).toBe(ReparsePoint);
        expect((await factsOf(at("junction"))).attributes & (ReparsePoint | Directory)).toBe(ReparsePoint | Directory);
      });

      it("fills the holes of a sparse file with zeros", async () => {
        const size = 300_000;
        await create(
          at("sparse"),
          false,
          { kind: BackupStreamKind.Data, name: "", attributes: 8, data: new Uint8Array(0) },
          sparseBlock(65_536, text("in the middle")),
          sparseBlock(size, new Uint8Array(0)),
        );
        const wanted = Buffer.alloc(size);
        wanted.write("in the middle", 65_536);
        expect((await factsOf(at("sparse"))).size).toBe(BigInt(size));
        expect(Buffer.from(dataOf(await read(at("sparse")))).equals(wanted)).toBe(true);
      });

      it("refuses what is no backup stream", async () => {
        const opened = await raw.CreateBackupFile(root, at("bad"), false);
        const answer = await raw.BackupWrite(opened.file, backupStreamBytes(part(99, text("?"))));
        expect(hresultFailed(answer.hresult)).toBe(true);
        await close(opened.file);
      });
    });

    describe("creating and opening", () => {
      it("refuses to create what is there", async () => {
        await create(at("a"), false, data("kept"));
        await create(at("d"), true);
        for (const [file, directory] of [
          [at("a"), false],
          [at("d"), true],
        ] as const) {
          const answer = await raw.CreateBackupFile(root, file, directory);
          expect(taken).toContain(answer.hresult);
          expect(answer.file).toBe(0n);
        }
        expect(await readFile(at("a"), "utf8")).toBe("kept");
      });

      it("refuses to create where there is no folder", async () => {
        expect(absent).toContain((await raw.CreateBackupFile(root, at("none", "a"), false)).hresult);
        expect(absent).toContain((await raw.CreateBackupFile(root, at("none", "d"), true)).hresult);
      });

      it("says that what is not there cannot be opened", async () => {
        expect(await raw.OpenBackupFile(root, at("none"))).toMatchObject({ hresult: fileNotFound, file: 0n });
        expect(await raw.OpenBackupReader(root, at("none"))).toMatchObject({ hresult: fileNotFound, file: 0n });
      });

      it("returns nothing more at the end of a stream, however often it is asked", async () => {
        await create(at("a"), false, data("x"));
        const { file } = await raw.OpenBackupReader(root, at("a"));
        while ((await raw.BackupRead(file, 4096)).chunk.length > 0);
        expect(await raw.BackupRead(file, 4096)).toMatchObject({ hresult: S_OK });
        expect((await raw.BackupRead(file, 4096)).chunk.length).toBe(0);
        await close(file);
      });

      it("closes a reader that was not read to its end", async () => {
        await create(at("a"), false, part(BackupStreamKind.Data, Buffer.alloc(100_000, 1)));
        const { file } = await raw.OpenBackupReader(root, at("a"));
        expect((await raw.BackupRead(file, 1000)).chunk.length > 0).toBe(true);
        await close(file);
        expect((await raw.RemoveTree(root, at("a"))).hresult).toBe(S_OK);
      });
    });

    describe("facts", () => {
      it("sets times to 100 ns, and attributes", async () => {
        await create(at("a"), false, data("x"));
        await create(at("d"), true);
        await setInfo(at("a"), { ...times, attributes: ReadOnly | Hidden | Archive });
        await setInfo(at("d"), { ...times, attributes: Directory | Hidden | System });
        expect(await factsOf(at("a"))).toMatchObject({ ...times, attributes: ReadOnly | Hidden | Archive });
        expect(await factsOf(at("d"))).toMatchObject({ ...times, attributes: Directory | Hidden | System });
      });

      it.each([0n, 315_532_800_000_000_000n, 4_354_819_199_999_999_900n])("keeps the time %s", async (time) => {
        await create(at("a"), false, data("x"));
        const all = { creationTime: time, lastAccessTime: time, lastWriteTime: time, changeTime: time };
        await setInfo(at("a"), { ...all, attributes: Archive });
        expect(await factsOf(at("a"))).toMatchObject(all);
      });

      it("leaves the attributes as they are when told 0", async () => {
        await create(at("a"), false, data("x"));
        await setInfo(at("a"), { ...times, attributes: Hidden | Archive });
        await setInfo(at("a"), { ...times, attributes: 0 });
        expect((await factsOf(at("a"))).attributes).toBe(Hidden | Archive);
      });

      it("keeps what was set before writing while the file stays open, and what was set last of all", async () => {
        const { file } = await raw.CreateBackupFile(root, at("a"), false);
        await write(file, backupStreamBytes(data("written")));
        expect((await raw.SetBasicInfo(file, { ...times, attributes: Archive })).hresult).toBe(S_OK);
        await close(file);
        expect(await factsOf(at("a"))).toMatchObject({ ...times, attributes: Archive, size: 7n });
      });

      it("sets the times of a directory once its content is there", async () => {
        await create(at("d"), true);
        await create(at("d", "child"), false, data("x"));
        await setInfo(at("d"), { ...times, attributes: 0 });
        expect(await factsOf(at("d"))).toMatchObject(times);
        expect(await namesIn(at("d"))).toEqual(["child"]);
      });

      it("tells files and directories, and all names of one file by its id", async () => {
        await create(at("a"), false, data("12345"));
        await create(at("other"), false, data("12345"));
        await create(at("d"), true);
        expect((await raw.CreateHardLink(root, at("d", "b"), at("a"))).hresult).toBe(S_OK);
        const facts = await factsOf(at("a"));
        expect(facts).toMatchObject({ size: 5n, directory: false, numberOfLinks: 2 });
        expect(await factsOf(at("d", "b"))).toEqual(facts);
        expect(await factsOf(at("other"))).toMatchObject({ numberOfLinks: 1 });
        expect((await factsOf(at("other"))).fileId).not.toBe(facts.fileId);
        expect(await factsOf(at("d"))).toMatchObject({ size: 0n, directory: true, numberOfLinks: 1 });
        expect(/^[0-9a-f]{48}$/.test(facts.fileId)).toBe(true);
      });
    });

    describe("directories", () => {
      it("lists names, of a layer's own folder too, without alternate streams", async () => {
        await create(at("ä ö 漢字.txt"), false, data("x"), part(BackupStreamKind.Alternate, text("s"), ":s:$DATA"));
        await create(at("folder"), true);
        await create(at("folder", "below"), false, data("x"));
        expect(await namesIn(at())).toEqual(["folder", "ä ö 漢字.txt"]);
        expect(await namesIn(root)).toContain("Files");
      });

      it("lists a thousand names", async () => {
        const wanted = Array.from({ length: 1000 }, (_, index) => `a name that takes some room ${String(index).padStart(4, "0")}`);
        await Promise.all(wanted.map((file) => writeFile(at(file), "")));
        expect(await namesIn(at())).toEqual(wanted);
      });

      it("lists nothing of an empty directory", async () => {
        await create(at("d"), true);
        expect(await namesIn(at("d"))).toEqual([]);
      });

      it("says that a directory is not there, and that a file is none", async () => {
        expect((await raw.ReadDirectory(root, at("none"))).hresult).toBe(hresultFromWin32(WIN32.PATH_NOT_FOUND));
        await create(at("a"), false, data("x"));
        expect((await raw.ReadDirectory(root, at("a"))).hresult).toBe(hresultFromWin32(WIN32.DIRECTORY));
      });
    });

    describe("hard links", () => {
      it("shares data, security and attributes", async () => {
        await create(at("a"), false, part(BackupStreamKind.Security, securityBytes(true)), data("shared"));
        expect((await raw.CreateHardLink(root, at("b"), at("a"))).hresult).toBe(S_OK);
        await setInfo(at("b"), { ...times, attributes: Hidden });
        expect(await factsOf(at("a"))).toMatchObject({ ...times, attributes: Hidden });
        expect(bytesOf(await read(at("b")), BackupStreamKind.Security)).toEqual([Buffer.from(securityBytes(true)).toString("hex")]);
        expect((await raw.RemoveTree(root, at("a"))).hresult).toBe(S_OK);
        expect(await readFile(at("b"), "utf8")).toBe("shared");
        expect(await factsOf(at("b"))).toMatchObject({ ...times, numberOfLinks: 1 });
      });

      it("links to a file of another layer", async () => {
        const other = path.join(fixture.folder, "other", "Files");
        await mkdir(other, { recursive: true });
        await writeFile(path.join(other, "a"), "theirs");
        expect((await raw.CreateHardLink(root, at("a"), path.join(other, "a"))).hresult).toBe(S_OK);
        expect(await readFile(at("a"), "utf8")).toBe("theirs");
      });

      it("refuses what is not there, and a name that is taken", async () => {
        await create(at("a"), false, data("x"));
        expect(absent).toContain((await raw.CreateHardLink(root, at("b"), at("none"))).hresult);
        expect(taken).toContain((await raw.CreateHardLink(root, at("a"), at("a"))).hresult);
      });
    });

    describe("removing", () => {
      it("removes a file, and a directory with all below it", async () => {
        await create(at("a"), false, data("x"));
        await create(at("d"), true);
        await create(at("d", "e"), true);
        await create(at("d", "e", "f"), false, data("x"), part(BackupStreamKind.Alternate, text("s"), ":s:$DATA"));
        expect((await raw.RemoveTree(root, at("a"))).hresult).toBe(S_OK);
        expect((await raw.RemoveTree(root, at("d"))).hresult).toBe(S_OK);
        expect(await namesIn(at())).toEqual([]);
      });

      it("removes what is read-only", async () => {
        await create(at("d"), true);
        await create(at("d", "a"), false, data("x"));
        await setInfo(at("d", "a"), { ...times, attributes: ReadOnly | System });
        expect((await raw.RemoveTree(root, at("d"))).hresult).toBe(S_OK);
        expect(await namesIn(at())).toEqual([]);
      });

      it("says that what is not there cannot be removed", async () => {
        expect((await raw.RemoveTree(root, at("none"))).hresult).toBe(fileNotFound);
      });

      it("leaves nothing behind for a new file of the same name", async () => {
        await create(
          at("a"),
          false,
          part(BackupStreamKind.Security, securityBytes(true)),
          data("x"),
          part(BackupStreamKind.Alternate, text("s"), ":s:$DATA"),
        );
        await setInfo(at("a"), { ...times, attributes: Hidden });
        expect((await raw.RemoveTree(root, at("a"))).hresult).toBe(S_OK);
        await create(at("a"), false, data("y"));
        const parts = await read(at("a"));
        expect(only(parts, BackupStreamKind.Alternate)).toEqual([]);
        expect(bytesOf(parts, BackupStreamKind.Security)).not.toEqual([Buffer.from(securityBytes(true)).toString("hex")]);
        expect((await factsOf(at("a"))).attributes & Hidden).toBe(0);
      });
    });

    describe("containment", () => {
      it("refuses paths outside of the layer", async () => {
        const outside = path.join(fixture.folder, "outside");
        await mkdir(outside);
        await writeFile(path.join(outside, "secret"), "secret");
        for (const wrong of [path.join(root, "..", "outside", "x"), path.join(outside, "x"), path.join(fixture.folder, "layer2")]) {
          expect((await raw.CreateBackupFile(root, wrong, false)).hresult).toBe(denied);
          expect((await raw.CreateBackupFile(root, wrong, true)).hresult).toBe(denied);
          expect((await raw.OpenBackupFile(root, wrong)).hresult).toBe(denied);
          expect((await raw.OpenBackupReader(root, wrong)).hresult).toBe(denied);
          expect((await raw.ReadDirectory(root, wrong)).hresult).toBe(denied);
          expect((await raw.RemoveTree(root, wrong)).hresult).toBe(denied);
          expect((await raw.CreateHardLink(root, wrong, path.join(outside, "secret"))).hresult).toBe(denied);
        }
        expect((await raw.RemoveTree(root, root)).hresult).toBe(denied);
        expect(await readFile(path.join(outside, "secret"), "utf8")).toBe("secret");
      });

      it("refuses the name of an alternate stream in the place of a file's", async () => {
        expect((await raw.CreateBackupFile(root, `${at("a")}:s`, false)).hresult).toBe(denied);
        expect(await namesIn(at())).toEqual([]);
      });

      it("never goes through a link of the layer, and removes the link alone", async () => {
        const target = path.join(fixture.folder, "target");
        await mkdir(target);
        await writeFile(path.join(target, "kept"), "kept");
        await create(at("link"), true, part(BackupStreamKind.Reparse, symbolicLinkBytes("..\\..\\target")));
        await create(at("junction"), true, part(BackupStreamKind.Reparse, junctionBytes("C:\\")));
        for (const link of ["link", "junction"]) {
          expect((await raw.CreateBackupFile(root, at(link, "new"), false)).hresult).toBe(denied);
          expect((await raw.CreateBackupFile(root, at(link, "new"), true)).hresult).toBe(denied);
          expect((await raw.OpenBackupFile(root, at(link, "kept"))).hresult).toBe(denied);
          expect((await raw.OpenBackupReader(root, at(link, "kept"))).hresult).toBe(denied);
          expect((await raw.ReadDirectory(root, at(link, "sub"))).hresult).toBe(denied);
          expect((await raw.RemoveTree(root, at(link, "kept"))).hresult).toBe(denied);
          expect((await raw.CreateHardLink(root, at("stolen"), at(link, "kept"))).hresult).toBe(denied);
          expect((await raw.CreateHardLink(root, at(link, "new"), at())).hresult).toBe(denied);
          // The link itself is no directory to list.
          expect((await raw.ReadDirectory(root, at(link))).hresult).toBe(hresultFromWin32(WIN32.DIRECTORY));
        }
        await create(at("d"), true);
        await create(at("d", "inner"), true, part(BackupStreamKind.Reparse, symbolicLinkBytes("..\\..\\..\\target")));
        for (const file of [at("link"), at("junction"), at("d")]) expect((await raw.RemoveTree(root, file)).hresult).toBe(S_OK);
        expect(await namesIn(at())).toEqual([]);
        expect(await readFile(path.join(target, "kept"), "utf8")).toBe("kept");
      });
    });

    describe("the host", () => {
      it("names the file system of a folder, and fails for one that is not there", async () => {
        const answer = await raw.GetVolumeInformation(root);
        expect(answer.hresult).toBe(S_OK);
        expect(["NTFS", "ReFS"]).toContain(answer.fileSystem);
        expect(hresultFailed((await raw.GetVolumeInformation(path.join(root, "none"))).hresult)).toBe(true);
      });

      it("reads texts from the registry, such as the build of Windows", async () => {
        const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
        // Not compared with RtlGetVersion: a Wine that stands for Windows 10 tells here of the Windows 7 that it was made as.
        const build = await raw.RegGetString(key, "CurrentBuildNumber");
        expect(build.hresult).toBe(S_OK);
        expect(/^\d+$/.test(build.value)).toBe(true);
        expect((await raw.RegGetString(key, "No Such Value")).hresult).toBe(fileNotFound);
        expect((await raw.RegGetString("SOFTWARE\\No Such Key", "Value")).hresult).toBe(fileNotFound);
      });
    });
  });
}
