import { chmod, lstat, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { FileAttribute, unixNanosecondsFromFiletime } from "@oriel/backup-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LayerMetadata } from "../src/files/layer-metadata.ts";
import { decodeMetadata, encodeMetadata } from "../src/files/metadata.ts";
import { posix } from "../src/native/posix.ts";

describe("metadata of a file that a link has taken the place of", () => {
  let folder: string;
  const metadata = new LayerMetadata(posix());
  const at = (name: string) => path.join(folder, name);
  const info = (attributes: number) => ({
    attributes,
    creationTime: 0n,
    lastAccessTime: 10n ** 18n,
    lastWriteTime: 10n ** 18n,
    changeTime: 0n,
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-metadata-"));
    await mkdir(at("layer"));
    await writeFile(at("outside"), "of the host");
    await chmod(at("outside"), 0o644);
    await utimes(at("outside"), 1, 1);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([FileAttribute.ReadOnly, FileAttribute.Hidden | FileAttribute.ReadOnly, FileAttribute.Normal])(
    "leaves mode, times and attributes of what the link leads to as they were: attributes %i",
    async (attributes) => {
      const file = at("layer/file");
      await writeFile(file, "in the layer");
      if (attributes === FileAttribute.Normal) await chmod(file, 0o444);
      const before = metadata.describe(at("layer"), file);
      const outside = await lstat(at("outside"));
      await rm(file);
      await symlink(at("outside"), file);
      // The change of a moment ago is for a file that is not there any more: it may fail, but goes nowhere else.
      try {
        metadata.write(at("layer"), file, { info: info(attributes) }, before);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/ELOOP|EBUSY/) });
      }
      const now = await lstat(at("outside"));
      expect([now.mode, now.mtimeMs, now.ctimeMs]).toEqual([outside.mode, outside.mtimeMs, outside.ctimeMs]);
    },
  );
});

describe("times that the host's file system does not have", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "oriel-times-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["the first of a FILETIME", unixNanosecondsFromFiletime(1n)],
    ["in the year 1700", BigInt(Date.UTC(1700, 0)) * 1_000_000n],
    ["in the year 2300, after 64 bits of nanoseconds", BigInt(Date.UTC(2300, 0)) * 1_000_000n],
    ["in the year 9999, after the last of ext4", BigInt(Date.UTC(9999, 11, 31)) * 1_000_000n],
    ["the last of a FILETIME, in the year 30828", unixNanosecondsFromFiletime(2n ** 63n - 1n)],
  ])("%s: kept for a file and a folder until the file is written to", async (_, time) => {
    const info = { attributes: FileAttribute.Normal, creationTime: time, lastAccessTime: time, lastWriteTime: time, changeTime: time };
    const times = { creationTime: time, lastAccessTime: time, lastWriteTime: time, changeTime: time };
    const file = path.join(folder, "file");
    await writeFile(file, "text");
    await mkdir(path.join(folder, "folder"));
    for (const name of ["file", "folder"]) new LayerMetadata(posix()).writeNew(folder, path.join(folder, name), { info });

    for (const name of ["file", "folder"]) {
      expect(new LayerMetadata(posix()).describe(folder, path.join(folder, name))).toMatchObject(times);
    }
    const before = BigInt(Date.now() - 60_000) * 1_000_000n;
    await writeFile(file, "other text");
    const after = new LayerMetadata(posix()).describe(folder, file);
    expect(after.creationTime).toBe(time);
    expect(after.lastWriteTime).toBeGreaterThan(before);
  });

  it("what an earlier version kept, in nanoseconds, is read", () => {
    const metadata = { attributes: 0x21, creationTime: 1n, lastWriteTime: -200n, lastAccessTime: 300n, changeTime: 400n };
    const bytes = encodeMetadata({ ...metadata, hostStamp: 5n, hasExtras: true });
    bytes.writeUInt8(1, 0);
    for (const [index, time] of [1n, -200n, 300n, 400n].entries()) bytes.writeBigInt64LE(time, 8 + index * 8);
    expect(decodeMetadata(bytes)).toEqual({ ...metadata, hostStamp: 5n, hasExtras: true });
  });
});
