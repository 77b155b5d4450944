import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeLayerTar } from "../src/index.ts";
import { directory, file, times } from "./entries.ts";
import { ImportedLayers } from "./imported-layers.ts";

let layers: ImportedLayers;
beforeEach(async () => {
  layers = await ImportedLayers.open();
});
afterEach(async () => {
  expect(layers.hcs.liveHandles().files).toBe(0);
  await layers[Symbol.asyncDispose]();
});

describe("a base layer", () => {
  test("has the files of its tar as they are, with their times, and is finished by Windows' own step", async () => {
    const { size } = await layers.import(
      "base",
      [],
      [
        directory("Files"),
        directory("Files/Windows"),
        file("Files/Windows/a.txt", "alpha"),
        directory("Hives"),
        file("Files/b.txt", "bee"),
      ],
    );
    expect(size).toBe(8);
    expect(await layers.tree("base")).toEqual({ Windows: { "a.txt": "alpha" }, "b.txt": "bee" });
    expect(await readdir(layers.folder("base"))).toContain("blank.vhdx");
    for (const name of ["Files/Windows", "Files/Windows/a.txt", "Files"]) {
      expect((await stat(path.join(layers.folder("base"), name))).mtimeMs, name).toBe(1_700_000_000_000);
    }
  });

  test("loads from a tar that leaves out folders, and finds them whatever their case", async () => {
    await layers.import(
      "base",
      [],
      [file("Files/Windows/System32/a", "1"), file("Files/windows/SYSTEM32/b", "2"), directory("files/WINDOWS")],
    );
    expect(await layers.tree("base")).toEqual({ Windows: { System32: { a: "1", b: "2" } } });
  });

  test("has hard links, symbolic links and mount points", async () => {
    await layers.import(
      "base",
      [],
      [
        directory("Files/dir"),
        file("Files/dir/a.txt", "alpha"),
        { kind: "hardlink", name: "Files/b.txt", target: "files/DIR/a.txt" },
        { kind: "symlink", name: "Files/link", times, target: "dir\\a.txt" },
        { kind: "mount-point", name: "Files/mount", times, target: "C:\\dir" },
      ],
    );
    expect(await layers.tree("base")).toEqual({ dir: { "a.txt": "alpha" }, "b.txt": "alpha", link: "-> dir/a.txt", mount: "-> dir" });
    const [a, b] = await Promise.all(["dir/a.txt", "b.txt"].map((name) => stat(path.join(layers.folder("base"), "Files", name))));
    expect(a?.ino).toBe(b?.ino);
  });

  test.each(["base", "upper"])(
    "named %s: a name or a path that the file system does not take is refused by entry, with the limits",
    async (layer) => {
      await layers.import("below", [], [directory("Files")]);
      const parents = layer === "base" ? [] : ["below"];
      const deep = Array.from({ length: 20 }, () => "d".repeat(240)).join("/");
      for (const [index, name] of ["ä".repeat(128), deep, `${deep}/a.txt`].entries()) {
        const entries = [
          directory("Files"),
          name.endsWith(".txt") || index === 0 ? file(`Files/${name}`, "x") : directory(`Files/${name}`),
        ];
        await expect(layers.import(`${layer}-${index}`, parents, entries)).rejects.toMatchObject({
          code: "InvalidArgument",
          message: expect.stringMatching(
            /^the layer tar's entry "Files\/(?:ä|d).*" is too long .*NTFS .*255 UTF-16 units; ext4.* 255 bytes of UTF-8.*4,095/,
          ),
        });
      }
    },
  );

  test("has junctions and links with an empty target, which lead nowhere, and with \\??\\", async () => {
    const entries = [
      directory("Files"),
      directory("Files/dir"),
      { kind: "symlink" as const, name: "Files/empty", times, target: "" },
      { kind: "mount-point" as const, name: "Files/emptymount", times, target: "" },
      { kind: "symlink" as const, name: "Files/nt", times, target: "\\??\\C:\\dir" },
      { kind: "mount-point" as const, name: "Files/ntmount", times, target: "\\??\\C:\\dir" },
      { kind: "mount-point" as const, name: "Files/volume", times, target: "\\??\\Volume{00000000-0000-0000-0000-000000000001}\\" },
    ];
    const links = { empty: "-> :", emptymount: "-> :", nt: "-> dir", ntmount: "-> dir" };
    await layers.import("base", [], entries);
    expect(await layers.tree("base")).toMatchObject({ dir: {}, ...links, volume: expect.stringMatching(/^-> :/) });
    await layers.import("upper", ["base"], entries);
    expect(await layers.tree("upper")).toMatchObject(links);
  });

  test("keeps copies of the boot configuration, and gets a utility VM finished", async () => {
    const boot = "UtilityVM/Files/EFI/Microsoft/Boot";
    await layers.import("base", [], [directory("Files"), file(`${boot}/BCD`, "boot"), file(`${boot}/BCD.LOG1`, "log")]);
    expect(await readFile(path.join(layers.folder("base"), "bcd.bak"), "utf8")).toBe("boot");
    expect(await readFile(path.join(layers.folder("base"), "bcd.log1.bak"), "utf8")).toBe("log");
    expect(await readdir(path.join(layers.folder("base"), "UtilityVM"))).toContain("SystemTemplate.vhdx");
  });
});

describe("a layer on another", () => {
  beforeEach(async () => {
    await layers.import(
      "base",
      [],
      [
        directory("Files"),
        directory("Files/dir"),
        file("Files/dir/one", "1"),
        file("Files/dir/two", "2"),
        directory("Files/dir/sub"),
        file("Files/dir/sub/three", "3"),
        file("Files/gone", "x"),
        directory("UtilityVM/Files/Windows"),
        file("UtilityVM/Files/Windows/uvm.txt", "machine"),
        file("UtilityVM/Files/Windows/old.txt", "old"),
      ],
    );
  });

  /** What a container on these layers sees. */
  async function merged(...names: string[]): Promise<Record<string, unknown>> {
    const info = { flavour: 1, homeDir: "" } as const;
    const scratch = layers.folder("scratch");
    const descriptors = names.map((name) => ({ layerId: name, flags: 0, path: layers.folder(name) }));
    await layers.hcs.layers.CreateSandboxLayer(info, scratch, "", descriptors);
    await layers.hcs.layers.ActivateLayer(info, scratch);
    expect((await layers.hcs.layers.PrepareLayer(info, scratch, descriptors)).hresult).toBe(0);
    expect((await layers.hcs.layers.GetLayerMountPath(info, scratch)).hresult).toBe(0);
    return layers.tree("scratch", ".oriel/root");
  }

  test("adds and replaces files, and leaves no staging folder", async () => {
    await layers.import(
      "next",
      ["base"],
      [directory("Files"), directory("Hives"), file("Files/dir/one", "new"), file("Hives/System_Delta", "hive")],
    );
    expect(await merged("next", "base")).toMatchObject({ dir: { one: "new", two: "2", sub: { three: "3" } } });
    expect(await layers.tree("next", "Hives")).toMatchObject({ System_Delta: "hive" });
    expect((await readdir(layers.root)).sort()).toEqual(["base", "next", "scratch"]);
  });

  test("takes away what it has whiteouts for", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        { kind: "whiteout", name: "Files/gone" },
        { kind: "whiteout", name: "Files/dir/sub" },
      ],
    );
    expect(await merged("next", "base")).toEqual({ dir: { one: "1", two: "2" } });
  });

  test("an opaque directory shows only what the layer has in it, wherever the mark stands", async () => {
    await layers.import(
      "next",
      ["base"],
      [file("Files/DIR/sub/new", "n"), { kind: "opaque", name: "Files/dir" }, file("Files/dir/two", "mine")],
    );
    expect(await merged("next", "base")).toEqual({ dir: { sub: { new: "n" }, two: "mine" }, gone: "x" });
  });

  test("a whiteout of what the layer has itself hides only what is below", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        { kind: "whiteout", name: "Files/gone" },
        file("Files/gone", "back"),
        directory("Files/dir"),
        { kind: "whiteout", name: "Files/dir" },
        file("Files/dir/only", "o"),
      ],
    );
    expect(await merged("next", "base")).toEqual({ dir: { only: "o" }, gone: "back" });
  });

  test("links to files of its own, and to files of the layers below", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        file("Files/own", "own"),
        { kind: "hardlink", name: "Files/new/to-own", target: "Files/own" },
        { kind: "hardlink", name: "Files/to-base", target: "Files/DIR/ONE" },
      ],
    );
    expect(await layers.tree("next")).toEqual({ own: "own", new: { "to-own": "own" }, "to-base": "1" });
  });

  test("sets the times of directories after all else", async () => {
    await layers.import(
      "next",
      ["base"],
      [directory("Files"), directory("Files/DIR"), file("Files/dir/more", "m"), { kind: "whiteout", name: "Files/dir/one" }],
    );
    expect((await stat(path.join(layers.folder("next"), "Files/dir"))).mtimeMs).toBe(1_700_000_000_000);
  });

  test("clones the parent's utility VM, changes it, and leaves the parent's alone", async () => {
    await layers.import(
      "next",
      ["base"],
      [
        directory("Files"),
        directory("UtilityVM"),
        directory("UtilityVM/Files/windows"),
        file("UtilityVM/Files/windows/OLD.txt", "changed"),
        file("UtilityVM/Files/Windows/new.txt", "new"),
        { kind: "whiteout", name: "UtilityVM/Files/Windows/uvm.txt" },
      ],
    );
    expect(await layers.tree("next", "UtilityVM/Files")).toEqual({ Windows: { "OLD.txt": "changed", "new.txt": "new" } });
    expect(await layers.tree("base", "UtilityVM/Files")).toEqual({ Windows: { "uvm.txt": "machine", "old.txt": "old" } });
  });

  test("an empty tar makes a layer that changes nothing", async () => {
    await layers.import("next", ["base"], []);
    expect(await merged("next", "base")).toMatchObject({ gone: "x" });
  });
});

test("streams beside a file are taken, and are no files of their own", async () => {
  const written: Buffer[] = [];
  const win32 = {
    ...layers.hcs.win32,
    BackupWrite: async (handle: never, chunk: Uint8Array) => {
      written.push(Buffer.from(chunk));
      return layers.hcs.win32.BackupWrite(handle, chunk);
    },
  };
  await layers.import(
    "base",
    [],
    [
      {
        ...file("Files/a.txt", "alpha"),
        securityDescriptor: Buffer.from("sd"),
        extendedAttributes: [{ name: "E", value: Buffer.from("v") }],
      } as never,
      { kind: "stream", name: "Files/a.txt:note", size: 4, content: Buffer.from("seen") },
    ],
    { raw: { layers: layers.hcs.layers, win32 } },
  );
  expect(await layers.tree("base")).toEqual({ "a.txt": "alpha" });
  const [whole] = written.slice(-1);
  const ids = [3, 2, 1, 4];
  let at = 0;
  for (const id of ids) {
    expect(whole?.readUInt32LE(at)).toBe(id);
    at += 20 + (whole?.readUInt32LE(at + 16) ?? 0) + Number(whole?.readBigUInt64LE(at + 8));
  }
  expect(at).toBe(whole?.length);
});

test("progress counts the bytes of the tar, and ends with all of them", async () => {
  const seen: number[] = [];
  const text = "x".repeat(3 * 1024 * 1024);
  let total = 0;
  for await (const piece of writeLayerTar([file("Files/big", text)])) total += piece.length;
  await layers.import("base", [], [file("Files/big", text)], { onProgress: (bytes) => seen.push(bytes) });
  expect(seen.at(-1)).toBe(total);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test("an import can be cancelled while its source gives nothing", async () => {
  const cancel = new AbortController();
  async function* stuck() {
    cancel.abort();
    await new Promise(() => {});
    yield Buffer.alloc(0);
  }
  await expect(layers.import("base", [], stuck(), { signal: cancel.signal })).rejects.toMatchObject({ code: "Unavailable" });
});
