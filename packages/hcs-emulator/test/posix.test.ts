import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { posix } from "../src/native/posix.ts";

/** The second is in memory, and has room for large ones. */
const folders = [os.tmpdir(), "/dev/shm"].filter((folder) => existsSync(folder));

describe.each(folders)("extended attributes in %s", (home) => {
  let file: string;
  beforeEach(async () => {
    file = path.join(await mkdtemp(path.join(home, "oriel-posix-")), "file");
    await writeFile(file, "");
  });
  afterEach(() => rm(path.dirname(file), { recursive: true, force: true }));

  test.skipIf(process.platform !== "linux")(
    "are read whole whatever their size, and are nothing where there are none (skipped but on Linux: others have other limits)",
    () => {
      const system = posix();
      expect(system.getAttribute(file, "user.none")).toBeUndefined();
      expect(system.getAttribute(path.join(file, "none"), "user.none")).toBeUndefined();
      const kept: number[] = [];
      for (const size of [0, 1, 3000, 4096, 4097, 60_000]) {
        const value = Buffer.alloc(size, "value");
        const failure = system.setAttribute(file, "user.some", value);
        // File systems that have no room for so much say so (ext4: a block for all).
        if (failure !== undefined) expect(failure).toMatch(/^(ENOSPC|E2BIG|ENOTSUP|EOPNOTSUPP)$/);
        else {
          expect(system.getAttribute(file, "user.some")).toEqual(value);
          kept.push(size);
        }
      }
      // That of memory has room for all, where it keeps any.
      if (kept.length > 0 && home === "/dev/shm") expect(kept).toContain(60_000);
    },
  );
});
