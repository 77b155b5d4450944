import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeRoot } from "../src/daemon/make-root.ts";
import { checkNullDevice } from "../src/daemon/null-device.ts";

const skipped = process.platform === "win32" ? " (skipped: folders on Windows have no mode)" : "";
const own = process.getuid?.() ?? 0;
let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-root-"));
  root = path.join(folder, "it's root");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

async function existing(mode: number, ...files: string[]): Promise<void> {
  await mkdir(root);
  for (const file of files) await writeFile(path.join(root, file), "");
  await chmod(root, mode);
}

describe.skipIf(skipped !== "")(`a root folder${skipped}`, () => {
  it("that does not exist is made for this account alone", async () => {
    await makeRoot(root);
    expect(await modeOf(root)).toBe("700");
  });

  it("in which nothing can be made is refused, also where the file system says that there is no such folder", async () => {
    await writeFile(path.join(folder, "file"), "");
    const refusing = process.platform === "linux" ? ["/proc/oriel", "/proc/oriel/a/b"] : [];
    for (const place of [path.join(folder, "file", "root"), ...refusing]) {
      await expect(makeRoot(place)).rejects.toMatchObject({ code: "Unavailable", message: expect.stringMatching(/cannot be made: E/) });
    }
  });

  it("is made with the folders above it", async () => {
    await makeRoot(path.join(root, "a", "b"));
    expect([await modeOf(root), await modeOf(path.join(root, "a", "b"))]).toEqual(["700", "700"]);
  });

  it("of more bytes than a database's path may have is refused with the number", async () => {
    const long = path.join(folder, "x".repeat(200), "y".repeat(200), "z".repeat(200));
    await expect(makeRoot(long)).rejects.toThrow(`the path of the root folder has ${long.length} bytes, and 460 is the most`);
  });

  it.each([
    ["is empty", 0o777, []],
    ["is a daemon's", 0o755, ["oriel.db", "x"]],
  ])("that others can open is closed to them where it %s", async (_state, mode, files) => {
    await existing(mode, ...files);
    await makeRoot(root);
    expect(await modeOf(root)).toBe("700");
  });

  it.each([
    [
      "that holds other files and that others can open",
      0o755,
      ["letters.txt"],
      /holds files already, and other accounts can open it \(mode 755\)/,
      "choose an empty folder with --root",
    ],
    [
      "of a daemon into which others could write",
      0o777,
      ["oriel.db"],
      /holds files already, and other accounts can write to it \(mode 777\)/,
      "choose an empty folder with --root, or, if all in this one is yours: chmod 700 ",
    ],
  ])("%s is refused, with the command only where it is a daemon's, and left as it is", async (_state, mode, files, message, remedy) => {
    await existing(mode, ...files);
    await expect(makeRoot(root)).rejects.toMatchObject({
      code: "PermissionDenied",
      message: expect.stringMatching(message),
      remedy: remedy.endsWith(" ") ? `${remedy}'${root.replace("'", "'\\''")}'` : remedy,
    });
    expect(await modeOf(root)).toBe(mode.toString(8));
  });

  it("that holds other files and is closed to others is taken", async () => {
    await existing(0o700, "oriel.toml");
    await makeRoot(root);
    expect(await modeOf(root)).toBe("700");
  });

  it("of another account is refused, with the command where it is a daemon's", async () => {
    await existing(0o700);
    await expect(makeRoot(root, own + 1)).rejects.toMatchObject({ remedy: "choose an empty folder with --root" });
    await writeFile(path.join(root, "oriel.db"), "");
    await expect(makeRoot(root, own + 1)).rejects.toMatchObject({
      message: `the root folder ${root} belongs to the account ${own}, and this daemon runs as ${own + 1}`,
      remedy: expect.stringContaining(`chown -R ${own + 1} `),
    });
  });
});

describe.skipIf(skipped !== "")(`the null device${skipped}`, () => {
  it("that this account cannot use is named with the command that mends it", async () => {
    const missing = path.join(folder, "null");
    await expect(checkNullDevice(missing)).rejects.toMatchObject({
      message: expect.stringContaining(`${missing} cannot be read and written by this account`),
      remedy: expect.stringContaining(`mknod -m 666 ${missing} c 1 3`),
    });
    await expect(checkNullDevice()).resolves.toBeUndefined();
  });
});
