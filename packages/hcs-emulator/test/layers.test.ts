import { link, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { encodeReparse, FileAttribute, StreamId } from "@oriel/backup-stream";
import { hresultFromWin32, type LayerDescriptor, WIN32 } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmulatedHcs, type EmulatedHcs } from "../src/index.ts";
import { overlayAllowed } from "../src/layers/rootfs-overlay.ts";

const info = { flavour: 1, homeDir: "" } as const;
const noOverlay = (await overlayAllowed()) ? "" : " (skipped: this host allows no overlay mounts)";
const ok = { hresult: 0 };

/** As BackupRead gives it. */
function alternateStream(name: string, text: string): Buffer {
  const full = Buffer.from(`:${name}:$DATA`, "utf16le");
  const header = Buffer.alloc(20);
  header.writeUInt32LE(4, 0);
  header.writeBigUInt64LE(BigInt(text.length), 8);
  header.writeUInt32LE(full.length, 16);
  return Buffer.concat([header, full, Buffer.from(text)]);
}

describe.each(["overlay", "copy"] as const)("layers with %s roots", (rootfs) => {
  describe.skipIf(rootfs === "overlay" && noOverlay !== "")(`on this host${rootfs === "overlay" ? noOverlay : ""}`, () => {
    let root: string;
    let hcs: EmulatedHcs;
    let warnings: string[];
    const at = (...names: string[]): string => path.join(root, "windowsfilter", ...names);
    const layer = (name: string): LayerDescriptor => ({ layerId: name, flags: 0, path: at(name) });

    beforeEach(async () => {
      root = await mkdtemp(path.join(os.tmpdir(), "oriel-layers-"));
      warnings = [];
      hcs = createEmulatedHcs({ root, rootfs, onWarning: (message) => warnings.push(message) });
      await hcs.start();
      await write("base/Files/Windows/System32/kept.txt", "kept");
      await write("base/Files/Windows/System32/gone.txt", "gone");
      await write("base/Files/Windows/Old/inside.txt", "inside");
      await write("base/Files/Windows/System32/config/SYSTEM", "hive");
      expect(await hcs.layers.ProcessBaseImage(at("base"))).toEqual(ok);
    });

    afterEach(async () => {
      await hcs.close();
      await rm(root, { recursive: true, force: true });
    });

    async function write(name: string, content: string): Promise<void> {
      await mkdir(path.dirname(at(name)), { recursive: true });
      await writeFile(at(name), content);
    }

    /** A staging folder in transport format: attributes and a data stream before each file's content. */
    async function stage(files: Record<string, string>): Promise<string> {
      const staging = at("staging");
      await mkdir(path.join(staging, "Files"), { recursive: true });
      await mkdir(path.join(staging, "Hives"), { recursive: true });
      for (const [name, content] of Object.entries(files)) {
        const header = Buffer.alloc(24);
        header.writeUInt32LE(0x20, 0);
        header.writeUInt32LE(1, 4);
        header.writeBigUInt64LE(BigInt(content.length), 12);
        await mkdir(path.dirname(path.join(staging, "Files", name)), { recursive: true });
        await writeFile(path.join(staging, "Files", name), Buffer.concat([header, Buffer.from(content)]));
      }
      return staging;
    }

    const staged = (name: string): string => at("staging/Files", name);

    /** Makes, activates and prepares a scratch; returns the folder that a container would see as C:. */
    async function mount(name: string, parents: LayerDescriptor[]): Promise<string> {
      if (!(await hcs.layers.LayerExists(info, at(name))).exists) {
        expect(await hcs.layers.CreateSandboxLayer(info, at(name), "", parents)).toEqual(ok);
      }
      expect(await hcs.layers.ActivateLayer(info, at(name))).toEqual(ok);
      expect(await hcs.layers.PrepareLayer(info, at(name), parents)).toEqual(ok);
      expect((await hcs.layers.GetLayerMountPath(info, at(name))).hresult).toBe(0);
      return path.join(at(name), ".oriel", "root");
    }

    async function unmount(name: string): Promise<void> {
      expect(await hcs.layers.UnprepareLayer(info, at(name))).toEqual(ok);
      expect(await hcs.layers.DeactivateLayer(info, at(name))).toEqual(ok);
    }

    it("gives a base layer links to its hives, blank disks and the layout marker", async () => {
      expect(await readFile(at("base", "Hives", "System_Base"), "utf8")).toBe("hive");
      expect((await stat(at("base", "Hives", "System_Base"))).ino).toBe((await stat(at("base/Files/Windows/System32/config/SYSTEM"))).ino);
      expect(await readdir(at("base"))).toEqual(expect.arrayContaining(["blank-base.vhdx", "blank.vhdx", "layout"]));
    });

    it("shows a scratch on its layer, and keeps what the container wrote and its layer's files as they were", async () => {
      const seen = await mount("scratch", [layer("base")]);
      await writeFile(path.join(seen, "Windows/System32/kept.txt"), "changed");
      await rm(path.join(seen, "Windows/System32/gone.txt"));
      await unmount("scratch");
      const again = await mount("scratch", [layer("base")]);
      expect(await readFile(path.join(again, "Windows/System32/kept.txt"), "utf8")).toBe("changed");
      expect(await readdir(path.join(again, "Windows/System32"))).toEqual(expect.not.arrayContaining(["gone.txt"]));
      expect(await readFile(at("base/Files/Windows/System32/kept.txt"), "utf8")).toBe("kept");
      expect(await readFile(at("base/Files/Windows/System32/gone.txt"), "utf8")).toBe("gone");
    });

    it("puts a layer on a layer: adds, replaces and removes, finding names whatever their case", async () => {
      const staging = await stage({ "windows/SYSTEM32/KEPT.txt": "second", "Windows/New/new.txt": "new" });
      expect(await hcs.layers.ImportLayer(info, at("second"), staging, [layer("base")])).toEqual(ok);
      expect(await hcs.win32.RemoveTree(at("second"), at("second/Files/Windows/system32/GONE.TXT"))).toEqual(ok);
      expect(await hcs.win32.RemoveTree(at("second"), at("second/Files/Windows/Old"))).toEqual(ok);
      // Only its own files are in its folder, in the spelling of the layer below.
      expect(await readdir(at("second/Files/Windows"))).toEqual(expect.arrayContaining(["New", "System32"]));
      const seen = await mount("scratch", [layer("second"), layer("base")]);
      expect(await readFile(path.join(seen, "Windows/System32/kept.txt"), "utf8")).toBe("second");
      expect(await readFile(path.join(seen, "Windows/New/new.txt"), "utf8")).toBe("new");
      expect((await readdir(path.join(seen, "Windows"))).sort()).toEqual(["New", "System32"]);
      expect((await readdir(path.join(seen, "Windows/System32"))).sort()).toEqual(["config", "kept.txt"]);
    });

    describe("the target of a link", () => {
      const transported = (target: string) => {
        const reparse = encodeReparse({ kind: "symlink", target });
        const header = Buffer.alloc(24);
        header.writeUInt32LE(FileAttribute.ReparsePoint, 0);
        header.writeUInt32LE(StreamId.ReparseData, 4);
        header.writeBigUInt64LE(BigInt(reparse.length), 12);
        return Buffer.concat([header, reparse]);
      };
      const stageLinks = async (files: Record<string, string>, links: Record<string, string>) => {
        const staging = await stage(files);
        for (const [name, target] of Object.entries(links)) await writeFile(path.join(staging, "Files", name), transported(target));
        return staging;
      };

      it("has no case: of a layer below, of the same layer before and after it, and of what is not there", async () => {
        const links = {
          abs: "c:\\windows\\SYSTEM32",
          "a-first": "\\NEW folder\\inside.TXT",
          "z-last": "new FOLDER\\Inside.txt",
          gone: "C:\\Nowhere\\At all",
          "New Folder/up": "..\\WINDOWS\\old",
        };
        const staging = await stageLinks({ "New Folder/inside.txt": "new" }, links);
        expect(await hcs.layers.ImportLayer(info, at("second"), staging, [layer("base")])).toEqual(ok);
        const seen = await mount("scratch", [layer("second"), layer("base")]);
        const targets = Object.keys(links).map(async (name) => [name, await readlink(path.join(seen, name))]);
        expect(Object.fromEntries(await Promise.all(targets))).toEqual({
          abs: "Windows/System32",
          "a-first": "New Folder/inside.txt",
          "z-last": "New Folder/inside.txt",
          gone: "Nowhere/At all",
          "New Folder/up": "../Windows/Old",
        });
        expect(await readFile(path.join(seen, "abs/kept.txt"), "utf8")).toBe("kept");
        // What it was is what is exported again.
        const { file } = await hcs.win32.OpenBackupReader(at("second"), at("second/Files/a-first"));
        const { chunk } = await hcs.win32.BackupRead(file, 65_536);
        expect(Buffer.from(chunk).includes(Buffer.from("\\NEW folder\\inside.TXT", "utf16le"))).toBe(true);
        await hcs.win32.CloseBackupFile(file);
        expect(await readdir(at("second/.oriel"))).not.toContain("links");
      });

      it("has no case in a base layer, whose files come one by one", async () => {
        const { win32 } = hcs;
        const make = async (name: string, directory: boolean, bytes?: Uint8Array) => {
          const { hresult, file } = await win32.CreateBackupFile(at("lone"), at("lone", name), directory);
          expect(hresult).toBe(0);
          if (bytes !== undefined) expect((await win32.BackupWrite(file, bytes)).hresult).toBe(0);
          expect((await win32.CloseBackupFile(file)).hresult).toBe(0);
        };
        await mkdir(at("lone"), { recursive: true });
        await make("Files", true);
        await make("Files/abs", true, transported("C:\\windows").subarray(4));
        await make("Files/Windows", true);
        expect(await readlink(at("lone/Files/abs"))).toBe("windows");
        expect(await hcs.layers.ProcessBaseImage(at("lone"))).toEqual(ok);
        expect(await readlink(at("lone/Files/abs"))).toBe("Windows");
      });
    });

    it("puts a layer of many files on a layer: each once, names of one file together, folders with their times", async () => {
      const names = Array.from({ length: 700 }, (_, index) => `Folder ${index % 7}/file ${index}.txt`);
      const staging = await stage(Object.fromEntries(names.map((name, index) => [name, `content ${index}`])));
      // The first and the last of the walk, whatever its order.
      for (const [index, name] of names.entries()) if (index % 50 === 0) await link(staged(name), staged(`${name}.second`));
      const when = new Date("2020-02-03T04:05:06Z");
      for (let index = 0; index < 7; index += 1) await utimes(staged(`Folder ${index}`), when, when);
      expect(await hcs.layers.ImportLayer(info, at("second"), staging, [layer("base")])).toEqual(ok);
      for (const [index, name] of names.entries()) {
        expect(await readFile(at("second/Files", name), "utf8")).toBe(`content ${index}`);
        const made = await stat(at("second/Files", name));
        expect(made.nlink).toBe(index % 50 === 0 ? 2 : 1);
        if (index % 50 === 0) expect((await stat(at("second/Files", `${name}.second`))).ino).toBe(made.ino);
      }
      for (let index = 0; index < 7; index += 1) expect((await stat(at(`second/Files/Folder ${index}`))).mtime).toEqual(when);

      await rm(at("second"), { recursive: true });
      await symlink("nowhere", staged("Folder 6/no file"));
      expect((await hcs.layers.ImportLayer(info, at("second"), staging, [layer("base")])).hresult).toBe(
        hresultFromWin32(WIN32.INVALID_DATA),
      );
    });

    it("keeps the alternate streams of many files, those too large to be kept beside them and those that several have", async () => {
      const staging = await stage(Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`file ${index}`, ""])));
      // In the order of the walk two by two have the same, so that they come to two threads at the same time.
      const names = await readdir(staged("."));
      const common = (index: number) => `of two, ${String(index >> 1).padStart(4)} `.repeat(60);
      const own = (index: number) => `of file ${index}, `.repeat(400);
      for (const [index, name] of names.entries()) {
        const several = [1, 2, 3, 4].map((number) => alternateStream(`common ${number}`, common(index)));
        const attributes = Buffer.from([0x20, 0, 0, 0]);
        await writeFile(staged(name), Buffer.concat([attributes, ...several, alternateStream("own", own(index))]));
      }
      expect(await hcs.layers.ImportLayer(info, at("second"), staging, [layer("base")])).toEqual(ok);
      for (const [index, name] of names.entries()) {
        const { file } = await hcs.win32.OpenBackupReader(at("second"), at("second/Files", name));
        const { hresult, chunk } = await hcs.win32.BackupRead(file, 65_536);
        await hcs.win32.CloseBackupFile(file);
        expect(hresult).toBe(0);
        const read = Buffer.from(chunk).toString("latin1");
        expect(read.includes(own(index)), name).toBe(true);
        expect(read.split(common(index))).toHaveLength(5);
      }
    });

    it("brings a removed folder back with new content only", async () => {
      expect(await hcs.layers.ImportLayer(info, at("second"), await stage({}), [layer("base")])).toEqual(ok);
      expect(await hcs.win32.RemoveTree(at("second"), at("second/Files/Windows/Old"))).toEqual(ok);
      await rm(at("staging"), { recursive: true });
      const staging = await stage({ "Windows/Old/fresh.txt": "fresh" });
      expect(await hcs.layers.ImportLayer(info, at("third"), staging, [layer("second"), layer("base")])).toEqual(ok);
      const seen = await mount("scratch", [layer("third"), layer("second"), layer("base")]);
      expect(await readdir(path.join(seen, "Windows/Old"))).toEqual(["fresh.txt"]);
    });

    it("says that a name which neither the layer nor its parents have is not there", async () => {
      expect(await hcs.layers.ImportLayer(info, at("second"), await stage({}), [layer("base")])).toEqual(ok);
      const answer = await hcs.win32.RemoveTree(at("second"), at("second/Files/none.txt"));
      expect(answer.hresult).toBe(hresultFromWin32(WIN32.FILE_NOT_FOUND));
    });

    it("refuses to write, link or remove outside of the layer", async () => {
      const denied = hresultFromWin32(WIN32.ACCESS_DENIED);
      expect((await hcs.win32.CreateBackupFile(at("base"), at("base/../x"), false)).hresult).toBe(denied);
      expect((await hcs.win32.RemoveTree(at("base"), at("other"))).hresult).toBe(denied);
      expect((await hcs.win32.RemoveTree(at("base"), at("base"))).hresult).toBe(denied);
      expect((await hcs.win32.CreateHardLink(at("base"), at("x"), at("base/layout"))).hresult).toBe(denied);
      expect(await readdir(at("base"))).toContain("Files");
    });

    it("takes a name of 255 bytes, and refuses one that NTFS has room for and this host's file system has not as too long", async () => {
      for (const [name, hresult] of [
        ["a".repeat(255), 0],
        ["ä".repeat(255), hresultFromWin32(WIN32.FILENAME_EXCED_RANGE)],
      ] as const) {
        const made = await hcs.win32.CreateBackupFile(at("base"), at("base/Files", name), false);
        expect(made.hresult).toBe(hresult);
        if (hresult === 0) expect(await hcs.win32.CloseBackupFile(made.file)).toEqual(ok);
      }
    });

    it("refuses a scratch without layers or on a layer that is not there, and one on a folder that is a scratch", async () => {
      expect((await hcs.layers.CreateSandboxLayer(info, at("s"), "", [])).hresult).toBe(hresultFromWin32(WIN32.INVALID_PARAMETER));
      expect((await hcs.layers.CreateSandboxLayer(info, at("s"), "", [layer("none")])).hresult).toBe(
        hresultFromWin32(WIN32.PATH_NOT_FOUND),
      );
      expect(await hcs.layers.CreateSandboxLayer(info, at("s"), "", [layer("base")])).toEqual(ok);
      expect((await hcs.layers.CreateSandboxLayer(info, at("s"), "", [layer("base")])).hresult).toBe(
        hresultFromWin32(WIN32.ALREADY_EXISTS),
      );
    });

    it("refuses to prepare what is not activated, and to destroy what is in use", async () => {
      expect(await hcs.layers.CreateSandboxLayer(info, at("s"), "", [layer("base")])).toEqual(ok);
      expect((await hcs.layers.PrepareLayer(info, at("s"), [layer("base")])).hresult).toBe(hresultFromWin32(WIN32.NOT_READY));
      await mount("s", [layer("base")]);
      expect((await hcs.layers.DestroyLayer(info, at("s"))).hresult).toBe(hresultFromWin32(WIN32.SHARING_VIOLATION));
      await unmount("s");
      expect(await hcs.layers.DestroyLayer(info, at("s"))).toEqual(ok);
      expect((await hcs.layers.LayerExists(info, at("s"))).exists).toBe(false);
    });

    it("returns a volume path only while a scratch is active, and the folder of a read-only layer", async () => {
      expect(await hcs.layers.CreateSandboxLayer(info, at("s"), "", [layer("base")])).toEqual(ok);
      expect((await hcs.layers.GetLayerMountPath(info, at("s"))).path).toBe("");
      await mount("s", [layer("base")]);
      expect((await hcs.layers.GetLayerMountPath(info, at("s"))).path).toMatch(/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/);
      expect((await hcs.layers.GetLayerMountPath(info, at("base"))).path).toBe(at("base"));
    });

    it("leaves alternate streams out of what a scratch changed, which Wine keeps as files, and warns of them once", async () => {
      const seen = await mount("s", [layer("base")]);
      for (const name of ["mine.txt", "mine.txt:zone", "other.txt:zone"]) await writeFile(path.join(seen, name), "x");
      const shown = (await hcs.layers.GetLayerMountPath(info, at("s"))).path;
      expect((await hcs.win32.ReadDirectory(shown, shown)).names.filter((name) => name.includes(":"))).toEqual([]);
      await unmount("s");
      expect(await hcs.layers.ActivateLayer(info, at("s"))).toEqual(ok);
      for (const name of ["first", "second"]) {
        await mkdir(at(name));
        expect(await hcs.layers.ExportLayer(info, at("s"), at(name), [layer("base")])).toEqual(ok);
        expect((await readdir(path.join(at(name), "Files"))).filter((file) => file.includes(".txt"))).toEqual(["mine.txt"]);
      }
      expect(warnings).toEqual([expect.stringMatching(/alternate streams are left out .*: (mine|other)\.txt:zone and 1 more/)]);
    });

    it("makes no root for a scratch that is prepared only to be exported", async () => {
      expect(await hcs.layers.CreateSandboxLayer(info, at("s"), "", [layer("base")])).toEqual(ok);
      expect(await hcs.layers.ActivateLayer(info, at("s"))).toEqual(ok);
      expect(await hcs.layers.PrepareLayer(info, at("s"), [layer("base")])).toEqual(ok);
      expect((await hcs.layers.PrepareLayer(info, at("s"), [layer("base")])).hresult).toBe(hresultFromWin32(WIN32.SHARING_VIOLATION));
      await unmount("s");
      await expect(stat(at("s", ".oriel", "root"))).rejects.toMatchObject({ code: "ENOENT" });
    });

    it("takes away what a former process left attached when the service starts again", async () => {
      const seen = await mount("s", [layer("base")]);
      await writeFile(path.join(seen, "mine.txt"), "mine");
      const next = createEmulatedHcs({ root, rootfs });
      const report = await next.start();
      expect(report).toEqual(rootfs === "overlay" ? [`unmounted ${seen}`] : []);
      await next.layers.ActivateLayer(info, at("s"));
      expect(await next.layers.PrepareLayer(info, at("s"), [layer("base")])).toEqual(ok);
      expect((await next.layers.GetLayerMountPath(info, at("s"))).hresult).toBe(0);
      expect(await readFile(path.join(seen, "mine.txt"), "utf8")).toBe("mine");
      await next.close();
    });
  });
});

it("names layers by GUIDs that depend on the name alone, whatever its case", async () => {
  const hcs = createEmulatedHcs({ root: "/nowhere", rootfs: "copy" });
  const { guid } = await hcs.layers.NameToGuid("abcDEF");
  expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect((await hcs.layers.NameToGuid("ABCdef")).guid).toBe(guid);
  expect((await hcs.layers.NameToGuid("abcDEG")).guid).not.toBe(guid);
  const guids = await Promise.all(["straße", "STRASSE", "ı", "I", "ſ", "S"].map(async (name) => (await hcs.layers.NameToGuid(name)).guid));
  expect(new Set(guids).size).toBe(6);
});

it("refuses an OS version that is none", () => {
  expect(() => createEmulatedHcs({ root: "/nowhere", osVersion: "10.0" })).toThrow("'10.0' is no Windows version");
});
