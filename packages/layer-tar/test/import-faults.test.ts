import { readdir } from "node:fs/promises";
import { type HResult, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RawLayerCalls } from "../src/index.ts";
import { directory, file, times } from "./entries.ts";
import { ImportedLayers } from "./imported-layers.ts";

const denied = hresultFromWin32(WIN32.ACCESS_DENIED);

let layers: ImportedLayers;
beforeEach(async () => {
  layers = await ImportedLayers.open();
  await layers.import("base", [], [file("Files/one", "1"), file("UtilityVM/Files/a/uvm", "machine")]);
});
afterEach(() => layers[Symbol.asyncDispose]());

/** The emulated host, on which the nth call of one function is refused. */
function refusing(name: string, nth: number): { raw: RawLayerCalls; refused: () => boolean } {
  let count = 0;
  const wrap = <T extends object>(functions: T): T =>
    ({
      ...functions,
      ...(name in functions && {
        [name]: async (...args: unknown[]): Promise<{ hresult: HResult }> => {
          count += 1;
          if (count === nth) return { hresult: denied };
          return (
            (functions as Record<string, (...all: unknown[]) => Promise<{ hresult: HResult }>>)[name]?.(...args) ?? { hresult: denied }
          );
        },
      }),
    }) as T;
  return { raw: { layers: wrap(layers.hcs.layers), win32: wrap(layers.hcs.win32) }, refused: () => count >= nth };
}

const entries = [
  directory("Files"),
  directory("Files/dir"),
  file("Files/dir/a", "alpha"),
  file("Files/deep/er/b", "bee"),
  { kind: "symlink", name: "Files/link", times, target: "dir\\a" },
  { kind: "hardlink", name: "Files/again", target: "Files/dir/a" },
  file("UtilityVM/Files/a/new", "new"),
] as const;

describe.each([
  ["a base layer", []],
  ["a layer on another", ["base"]],
] as const)("while %s is made", (_what, parents) => {
  test.each([
    "CreateBackupFile",
    "OpenBackupFile",
    "BackupWrite",
    "SetBasicInfo",
    "CreateHardLink",
    "ProcessBaseImage",
    "ProcessUtilityImage",
    "ImportLayer",
    "RemoveTree",
  ])("%s fails, at any of its calls: the error names call and file, and nothing is left open", async (name) => {
    const more = parents.length === 0 ? [] : [{ kind: "whiteout", name: "Files/one" } as const];
    let failures = 0;
    for (let nth = 1; ; nth += 1) {
      const { raw, refused } = refusing(name, nth);
      const outcome = await layers.import("next", parents, [...entries, ...more], { raw }).then(
        () => "made",
        (error: unknown) => error,
      );
      expect(layers.hcs.liveHandles().files).toBe(0);
      await layers.hcs.layers.DestroyLayer({ flavour: 1, homeDir: "" }, layers.folder("next"));
      expect(await readdir(layers.root)).toEqual(["base"]);
      if (!refused()) {
        expect(outcome).toBe("made");
        break;
      }
      failures += 1;
      expect(outcome, `call ${nth}`).toMatchObject({ code: "PermissionDenied", op: name, resource: expect.stringContaining(layers.root) });
    }
    const never = parents.length === 0 ? ["ImportLayer", "RemoveTree"] : ["ProcessBaseImage"];
    expect(failures > 0).toBe(!never.includes(name));
  });
});

test("a source that fails in the middle is told as it is, and nothing is left open", async () => {
  async function* source() {
    yield Buffer.alloc(100);
    throw new Error("the connection broke");
  }
  await expect(layers.import("next", [], source())).rejects.toMatchObject({
    code: "Internal",
    message: expect.stringContaining("the connection broke"),
  });
  expect(layers.hcs.liveHandles().files).toBe(0);
});
