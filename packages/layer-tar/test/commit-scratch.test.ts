import { lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LayerTarEntry } from "../src/index.ts";
import { onceExported, refusing, withTombstoneFile, withTombstones } from "./altered-host.ts";
import { directory, file, times } from "./entries.ts";
import { ExportedLayers } from "./exported-layers.ts";
import type { FakeWindows } from "./fake-windows.ts";
import { pieces } from "./raw-tar.ts";
import { readEntries } from "./read-entries.ts";

// That a committed layer is what its tar would make, for any tree, stands with the round trips of exports.

let layers: ExportedLayers<FakeWindows>;
beforeEach(async () => {
  layers = await ExportedLayers.onFake();
  await layers.import(
    "base",
    [],
    [directory("Files"), directory("Files/dir"), file("Files/dir/one", "1"), file("Files/dir/two", "2"), file("Files/gone", "x")],
  );
});
afterEach(async () => {
  expect(layers.host.openFiles).toBe(0);
  expect((await readdir(layers.root)).filter((name) => name.endsWith("-staging"))).toEqual([]);
  await layers[Symbol.asyncDispose]();
});

const names = async (name: string): Promise<string[]> =>
  (await readEntries(pieces(await layers.export(name, ["base"])))).map((entry: LayerTarEntry) => `${entry.kind} ${entry.name}`);

describe("a scratch becomes a layer", () => {
  test("without what is gone, and without what a folder that was made again has not", async () => {
    await layers.import(
      "next",
      ["base"],
      [directory("Files"), directory("Files/dir"), file("Files/dir/new", "n"), file("Files/gone", "back")],
    );
    // The second is a file of the scratch by now; what else is in the third is hidden.
    const raw = withTombstones(layers.host, ["\\elsewhere\\x", "\\gone", "\\dir", "\\DIR"]);
    await layers.commit("made", "next", ["base"], { raw });
    expect(await names("made")).toEqual([
      "directory Files",
      "directory Files/dir",
      "whiteout Files/dir/one",
      "whiteout Files/dir/two",
      "file Files/dir/new",
      "file Files/gone",
      "directory Hives",
    ]);
  });

  test("without what users have thrown away", async () => {
    const bin = "Files/$Recycle.Bin";
    await layers.import("next", ["base"], [directory("Files"), directory(bin), file(`${bin}/old`, "old"), file("Files/kept", "k")]);
    await layers.commit("made", "next", ["base"]);
    expect(await readdir(path.join(layers.folder("made"), "Files"))).toEqual(["kept"]);
  });

  test("with the times of the first hive for the folders that an export makes anew", async () => {
    const at = 1_234_567_800n;
    const hive = { ...file("Hives/System_Delta", "hive"), times: { lastWrite: at } } as LayerTarEntry;
    await layers.import("next", ["base"], [directory("Files"), directory("Hives"), hive]);
    await layers.commit("made", "next", ["base"]);
    const once = await layers.export("made", ["base"]);
    expect(once.equals(await layers.export("next", ["base"]))).toBe(true);
  });

  test("with files of several names, and with links that nothing is made through", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        directory("Files"),
        ...Array.from({ length: 250 }, (_, index) => file(`Files/${String(index).padStart(3, "0")}`, "f")),
        file("Files/a", "two names"),
        { kind: "hardlink", name: "Files/b", target: "Files/a" },
        { kind: "mount-point", name: "Files/dir", times, attributes: 0x410, target: "C:\\elsewhere" },
      ],
    );
    await layers.commit("made", "next", ["base"], { raw: withTombstones(layers.host, ["\\dir"]) });
    expect((await names("made")).slice(-4)).toEqual(["file Files/a", "hardlink Files/b", "mount-point Files/dir", "directory Hives"]);
  });

  test("and what is to be done then has the time in which the staging folder is removed", async () => {
    await layers.import("next", ["base"], [directory("Files"), file("Files/new", "n")]);
    const staging = `${layers.folder("next")}-staging`;
    const answer = await layers.commit("made", "next", ["base"], {
      whenWhole: async () => {
        expect(await readdir(path.join(layers.folder("made"), "Files"))).toEqual(["new"]);
        // Until it is removed, the answer is waited for.
        while ((await lstat(staging).catch(() => undefined)) !== undefined) await new Promise(setImmediate);
        return "done";
      },
    });
    expect(answer).toBe("done");
  });
});

describe("nothing is made of a scratch", () => {
  beforeEach(() =>
    layers.import("next", ["base"], [directory("Files"), directory("Files/sub"), file("Files/sub/new", "n"), file("Files/gone", "y")]),
  );

  test.each([
    ["is missing", undefined, /tombstones\.txt is not there/],
    ["is of another version", "Version 2.0\n", /begins with "Version 2\.0"/],
  ])("when the list of removed files %s", async (_what, text, message) => {
    const raw = withTombstoneFile(layers.host, text);
    await expect(layers.commit("made", "next", ["base"], { raw })).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringMatching(message),
    });
  });

  test("when its export has a utility VM, which no scratch has", async () => {
    const raw = onceExported(layers.host, async (folder) => {
      await mkdir(path.join(folder, "UtilityVM"));
      await writeFile(path.join(folder, "UtilityVM", "x"), "x");
    });
    await expect(layers.commit("made", "next", ["base"], { raw })).rejects.toMatchObject({
      code: "FailedPrecondition",
      resource: "UtilityVM",
    });
  });

  test("when that is cancelled", async () => {
    const cancel = new AbortController();
    const raw = onceExported(layers.host, async () => cancel.abort());
    await expect(layers.commit("made", "next", ["base"], { raw, signal: cancel.signal })).rejects.toMatchObject({
      code: "Unavailable",
      op: "layer.commit",
    });
  });

  test("when what is to be done then fails", async () => {
    const whenWhole = async () => {
      throw new Error("no room on the disk");
    };
    await expect(layers.commit("made", "next", ["base"], { whenWhole })).rejects.toMatchObject({
      op: "layer.commit",
      message: expect.stringContaining("no room"),
    });
  });

  test.each([
    "ExportLayer",
    "OpenBackupReader",
    "BackupRead",
    "GetFileFacts",
    "ReadDirectory",
    "ImportLayer",
    "RemoveTree",
    "OpenBackupFile",
  ])("when %s fails, at any of its calls: the error names it, and nothing is left open", async (op) => {
    for (let nth = 1; ; nth += 1) {
      const { raw, refused } = refusing(withTombstones(layers.host, ["\\dir\\one"]), op, nth);
      const outcome = await layers.commit(`made ${nth}`, "next", ["base"], { raw }).catch((error: unknown) => error);
      expect(layers.host.openFiles).toBe(0);
      if (!refused()) {
        expect(outcome).toBeUndefined();
        expect(nth).toBeGreaterThan(1);
        break;
      }
      expect(outcome, `call ${nth}`).toMatchObject({ code: "PermissionDenied", op });
    }
  });
});
