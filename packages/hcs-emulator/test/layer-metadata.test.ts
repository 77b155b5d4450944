import { chmod, lstat, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LayerMetadata } from "../src/files/layer-metadata.ts";
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
