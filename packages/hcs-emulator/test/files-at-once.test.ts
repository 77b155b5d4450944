import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmulatedHcs, type EmulatedHcs } from "../src/index.ts";

/** More than are done at once for one folder: the later ones are done by the thread for files. */
const often = 40;

describe("calls for the files of a folder answer the same, whether they are done at once or by a thread", () => {
  let root: string;
  let hcs: EmulatedHcs;
  const at = (...names: string[]): string => path.join(root, ...names);

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), "oriel-at-once-"));
    hcs = createEmulatedHcs({ root: path.join(root, "host"), rootfs: "copy" });
    await hcs.start();
    await mkdir(at("layer", "Files", "Folder", "inner"), { recursive: true });
    await writeFile(at("layer", "Files", "Folder", "small.txt"), "small");
    await writeFile(at("layer", "Files", "large.bin"), "l".repeat(70_000));
    await symlink("large.bin", at("layer", "Files", "link"));
    await mkdir(at("layer", "Files", "many"));
    for (let file = 0; file < 400; file += 1) await writeFile(at("layer", "Files", "many", `a file of a longer name, ${file}`), "");
  });
  afterEach(async () => {
    await hcs.close();
    await rm(root, { recursive: true, force: true });
  });

  async function read(name: string): Promise<unknown> {
    const { hresult, file } = await hcs.win32.OpenBackupReader(at("layer"), at("layer", name));
    if (hresult !== 0) return hresult;
    const { facts } = await hcs.win32.GetFileFacts(file);
    const pieces: Uint8Array[] = [];
    for (;;) {
      const { chunk } = await hcs.win32.BackupRead(file, 30_000);
      if (chunk.length === 0) break;
      pieces.push(chunk);
    }
    expect((await hcs.win32.BackupWrite(file, new Uint8Array(1))).hresult).toBe(hresultFromWin32(WIN32.ACCESS_DENIED));
    await hcs.win32.CloseBackupFile(file);
    return { facts, stream: Buffer.concat(pieces).toString("latin1") };
  }

  async function sameEachTime<T>(call: () => Promise<T>): Promise<T> {
    const first = await call();
    for (let time = 1; time < often; time += 1) expect(await call()).toEqual(first);
    return first;
  }

  it.each([
    ["a small file", "Files/FOLDER/small.txt", 5],
    ["a large file", "Files/large.bin", 70_000],
    ["a folder", "Files/Folder", 0],
  ])("reading %s", async (_what, name, size) => {
    expect(await sameEachTime(() => read(name))).toMatchObject({ facts: { size: BigInt(size) } });
    expect(hcs.liveHandles().files).toBe(0);
  });

  it("reading a small file of large alternate streams", async () => {
    const { file } = await hcs.win32.CreateBackupFile(at("layer"), at("layer/Files/streams"), false);
    const name = Buffer.from(":large:$DATA", "utf16le");
    const header = Buffer.alloc(20);
    header.writeUInt32LE(4, 0);
    header.writeBigUInt64LE(300_000n, 8);
    header.writeUInt32LE(name.length, 16);
    expect(await hcs.win32.BackupWrite(file, Buffer.concat([header, name, Buffer.alloc(300_000, "s")]))).toEqual({ hresult: 0 });
    expect(await hcs.win32.CloseBackupFile(file)).toEqual({ hresult: 0 });
    expect(await sameEachTime(() => read("Files/streams"))).toMatchObject({ stream: expect.stringContaining("s".repeat(300_000)) });
  });

  it.each([
    ["what is not there", "Files/none", WIN32.FILE_NOT_FOUND],
    ["what lies in no folder", "Files/none/none", WIN32.PATH_NOT_FOUND],
    ["what is reached by a link", "Files/link/x", WIN32.ACCESS_DENIED],
    ["what lies outside", "../host", WIN32.ACCESS_DENIED],
  ])("refusing %s", async (_what, name, code) => {
    expect(await sameEachTime(() => read(name))).toBe(hresultFromWin32(code));
    const opened = await sameEachTime(async () => (await hcs.win32.OpenBackupFile(at("layer"), at("layer", name))).hresult);
    expect(opened).toBe(hresultFromWin32(code));
  });

  it.each([
    ["few", "Files", 4],
    ["many", "Files/many", 400],
  ])("listing %s names", async (_what, name, count) => {
    const { names } = await sameEachTime(() => hcs.win32.ReadDirectory(at("layer"), at("layer", name)));
    expect(names).toHaveLength(count);
  });

  it("setting the times of a folder", async () => {
    for (let time = 1; time < often; time += 1) {
      const { file } = await hcs.win32.OpenBackupFile(at("layer"), at("layer/Files/Folder"));
      const when = BigInt(time) * 1_000_000_000n;
      const info = { attributes: 0, creationTime: when, lastAccessTime: when, lastWriteTime: when, changeTime: when };
      expect(await hcs.win32.SetBasicInfo(file, info)).toEqual({ hresult: 0 });
      expect((await hcs.win32.GetFileFacts(file)).facts.lastWriteTime).toBe(when);
      expect(await hcs.win32.CloseBackupFile(file)).toEqual({ hresult: 0 });
      expect(await read("Files/Folder")).toMatchObject({ facts: { lastWriteTime: when } });
    }
  });

  it("writing to a file that is there, and reading what another made of it meanwhile", async () => {
    for (let time = 0; time < often; time += 1) {
      const { hresult, file } = await hcs.win32.OpenBackupFile(at("layer"), at("layer/Files/large.bin"));
      expect(hresult).toBe(0);
      expect(await hcs.win32.CloseBackupFile(file)).toEqual({ hresult: 0 });
      await truncate(at("layer/Files/large.bin"), 80_000 - time);
      expect(await read("Files/large.bin")).toMatchObject({ facts: { size: BigInt(80_000 - time) } });
    }
  });

  it("a folder that has become a link leads nowhere any more", async () => {
    await symlink("many", at("layer/Files/sample"));
    const { stream } = (await read("Files/sample")) as { stream: string };
    expect((await hcs.win32.RemoveTree(at("layer"), at("layer/Files/Folder/inner"))).hresult).toBe(0);
    expect((await hcs.win32.RemoveTree(at("layer"), at("layer/Files/Folder/small.txt"))).hresult).toBe(0);
    // The thread knows the folder by then; another folder's first calls are done at once.
    expect(await sameEachTime(() => read("Files/Folder/inner"))).toBe(hresultFromWin32(WIN32.FILE_NOT_FOUND));
    const { file } = await hcs.win32.OpenBackupFile(at("layer/Files"), at("layer/Files/Folder"));
    expect(await hcs.win32.BackupWrite(file, Buffer.from(stream, "latin1"))).toEqual({ hresult: 0 });
    expect(await hcs.win32.CloseBackupFile(file)).toEqual({ hresult: 0 });
    expect(await sameEachTime(() => read("Files/Folder/inner"))).toBe(hresultFromWin32(WIN32.ACCESS_DENIED));
  });
});
