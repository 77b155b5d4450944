import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  type DriverInfo,
  type HResult,
  hresultFailed,
  hresultFromWin32,
  type LayerDescriptor,
  type RawHcs,
  S_OK,
  WIN32,
} from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BackupStreamKind,
  type BackupStreamPart,
  backupStreamBytes,
  dataOf,
  parseBackupStream,
  securityBytes,
} from "./backup-stream-bytes.ts";
import type { ContractOptions } from "./raw-hcs-contract.ts";

export interface RawLayersFixture {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  /** An empty folder on the file system that layers are kept on. The suite makes layers in it. */
  readonly folder: string;
  /**
   * The folder through which the volume of a prepared scratch is read and changed, as programs of a container would. The suite
   * replaces and removes files there, and writes into none that a layer below has.
   *
   * @param scratch folder of the scratch
   * @param volumePath as GetLayerMountPath answers it
   */
  volumeFolder(scratch: string, volumePath: string): Promise<string>;
  dispose(): Promise<void>;
}

export interface LayersContractOptions extends ContractOptions {
  /**
   * Folder of a finished base layer to build on. Without it the suite makes one of toy files, which the real service would not
   * take for an image of Windows; and it wants the exact codes of refusals, which nobody has recorded of the real service.
   */
  readonly base?: string;
}

const info: DriverInfo = { flavour: 1, homeDir: "" };
const ok = { hresult: S_OK };
const hives = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];
const Archive = 0x20;
const Hidden = 0x2;

/** What every provider does alike with layers: the emulator, a test DLL, and Windows itself. */
export function rawLayersContract(name: string, factory: () => Promise<RawLayersFixture>, options: LayersContractOptions = {}): void {
  const title = `raw layer interface: ${name}${options.skip ? ` (skipped: ${options.skip})` : ""}`;
  const real = options.base !== undefined;

  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: RawLayersFixture;
    let raw: RawHcs["layers"];
    let files: RawHcs["win32"];
    let base: string;
    let mounted: string[];
    let stages: number;
    const at = (...names: readonly string[]): string => path.join(fixture.folder, ...names);

    beforeEach(async () => {
      fixture = await factory();
      ({ layers: raw, win32: files } = fixture.raw);
      mounted = [];
      stages = 0;
      base = options.base ?? (await makeBase(at("base")));
    });

    afterEach(async () => {
      for (const scratch of mounted) {
        await raw.UnprepareLayer(info, scratch);
        await raw.DeactivateLayer(info, scratch);
        await raw.DestroyLayer(info, scratch);
      }
      await fixture.dispose();
    });

    function refused(answer: { readonly hresult: HResult }, code: number): void {
      if (real) expect(hresultFailed(answer.hresult)).toBe(true);
      else expect(answer.hresult).toBe(hresultFromWin32(code));
    }

    async function descriptors(...layers: readonly string[]): Promise<LayerDescriptor[]> {
      return Promise.all(
        layers.map(async (layer) => ({ layerId: (await raw.NameToGuid(path.basename(layer))).guid, flags: 0, path: layer })),
      );
    }

    async function addFile(layer: string, file: string, ...parts: readonly BackupStreamPart[]): Promise<void> {
      const { hresult, file: handle } = await files.CreateBackupFile(layer, path.join(layer, file), parts.length === 0);
      expect(hresult).toBe(S_OK);
      if (parts.length > 0) expect((await files.BackupWrite(handle, backupStreamBytes(...parts))).hresult).toBe(S_OK);
      expect((await files.CloseBackupFile(handle)).hresult).toBe(S_OK);
    }

    /** A layer of toy files, as an importer extracts one, not processed yet. */
    async function extractBase(layer: string): Promise<string> {
      expect(await raw.CreateLayer(info, layer, "")).toEqual(ok);
      await files.RemoveTree(layer, path.join(layer, "Files"));
      for (const folder of ["Files", "Files/Windows", "Files/Windows/System32", "Files/Windows/System32/config"])
        await addFile(layer, folder);
      for (const hive of hives) await addFile(layer, `Files/Windows/System32/config/${hive}`, dataPart(`hive ${hive}`));
      await addFile(layer, "Files/Windows/base.txt", dataPart("of the base"));
      return layer;
    }

    async function makeBase(layer: string): Promise<string> {
      await extractBase(layer);
      expect(await raw.ProcessBaseImage(layer)).toEqual(ok);
      return layer;
    }

    interface Staged {
      readonly [name: string]: string | readonly BackupStreamPart[];
    }

    /** A folder in transport format; names have `/`, and one that ends in `/` is a directory of its own. */
    async function stage(content: Staged): Promise<string> {
      stages += 1;
      const staging = at(`staging-${stages}`);
      const folders = new Set(["Files", "Hives"]);
      for (const file of Object.keys(content)) {
        const parts = `Files/${file}`.split("/").slice(0, -1);
        for (let depth = 1; depth <= parts.length; depth += 1) folders.add(parts.slice(0, depth).join("/"));
      }
      for (const folder of [...folders].sort()) {
        await mkdir(path.join(staging, folder), { recursive: true });
        await writeFile(path.join(staging, `${folder}.$wcidirs$`), attributesAnd(0x10, []));
      }
      for (const [file, what] of Object.entries(content)) {
        if (file.endsWith("/")) continue;
        const parts = typeof what === "string" ? [dataPart(what)] : what;
        await writeFile(path.join(staging, "Files", ...file.split("/")), attributesAnd(Archive, parts));
      }
      return staging;
    }

    /** A layer with these files on the base. */
    async function importOn(layer: string, content: Staged, ...parents: readonly string[]): Promise<string> {
      expect(await raw.ImportLayer(info, layer, await stage(content), await descriptors(...parents))).toEqual(ok);
      return layer;
    }

    const lowerContent = {
      "oriel/kept.txt": "kept",
      "oriel/changed.txt": "before",
      "oriel/gone.txt": "gone",
      "oriel/Folder/inside.txt": "inside",
    };

    async function makeScratch(scratch: string, ...parents: readonly string[]): Promise<string> {
      expect(await raw.CreateSandboxLayer(info, scratch, "", await descriptors(...parents))).toEqual(ok);
      mounted.push(scratch);
      return scratch;
    }

    /** Activates and prepares it; returns the folder to work in. */
    async function mount(scratch: string, ...parents: readonly string[]): Promise<string> {
      expect(await raw.ActivateLayer(info, scratch)).toEqual(ok);
      expect(await raw.PrepareLayer(info, scratch, await descriptors(...parents))).toEqual(ok);
      return fixture.volumeFolder(scratch, (await raw.GetLayerMountPath(info, scratch)).path);
    }

    async function unmount(scratch: string): Promise<void> {
      expect(await raw.UnprepareLayer(info, scratch)).toEqual(ok);
      expect(await raw.DeactivateLayer(info, scratch)).toEqual(ok);
    }

    async function replaceFile(file: string, content: string): Promise<void> {
      await rm(file, { force: true });
      await writeFile(file, content);
    }

    /** What the container did: one file changed, one made, one removed, and a folder with all in it. */
    async function change(seen: string): Promise<void> {
      await replaceFile(path.join(seen, "oriel", "changed.txt"), "after");
      await rm(path.join(seen, "oriel", "gone.txt"));
      await rm(path.join(seen, "oriel", "Folder"), { recursive: true });
      await mkdir(path.join(seen, "oriel", "New"));
      await writeFile(path.join(seen, "oriel", "New", "new.txt"), "new");
    }

    const dataIn = async (file: string): Promise<string> =>
      Buffer.from(dataOf(parseBackupStream((await readFile(file)).subarray(4)))).toString();

    /** Everything that an export has below `Files/oriel`, and its tombstones there. */
    async function exported(folder: string) {
      const names = await readdir(path.join(folder, "Files", "oriel"), { recursive: true });
      const lines = (await readFile(path.join(folder, "tombstones.txt"), "utf8")).split(/\r?\n/);
      return {
        names: names.map((file) => file.replaceAll("\\", "/")).sort(),
        header: lines[0],
        tombstones: lines.filter((line) => line.toLowerCase().startsWith("\\oriel")).sort(),
      };
    }

    const wantedExport = {
      names: ["New", "New.$wcidirs$", "New/new.txt", "changed.txt"],
      header: "\ufeffVersion 1.0",
      tombstones: ["\\oriel\\Folder", "\\oriel\\gone.txt"],
    };

    describe.skipIf(real)(`base layers${real ? " (skipped: the real service takes only true images of Windows)" : ""}`, () => {
      it("makes an empty layer once, and says that it is there", async () => {
        expect(await raw.LayerExists(info, at("new"))).toEqual({ ...ok, exists: false });
        expect(await raw.CreateLayer(info, at("new"), "")).toEqual(ok);
        expect(await raw.LayerExists(info, at("new"))).toEqual({ ...ok, exists: true });
        refused(await raw.CreateLayer(info, at("new"), ""), WIN32.ALREADY_EXISTS);
        refused(await raw.CreateLayer(info, at("orphan"), at("none")), WIN32.PATH_NOT_FOUND);
        expect(await raw.LayerExists(info, at("orphan"))).toEqual({ ...ok, exists: false });
      });

      it("finishes an extracted base: links to its hives, blank disks, and the marker of the layout", async () => {
        for (const [index, link] of ["DefaultUser_Base", "Sam_Base", "Security_Base", "Software_Base", "System_Base"].entries()) {
          expect(await readFile(path.join(base, "Hives", link), "utf8")).toBe(`hive ${hives[index]}`);
        }
        for (const file of ["blank-base.vhdx", "blank.vhdx", "layout"]) expect((await stat(path.join(base, file))).size > 0).toBe(true);
      });

      it("refuses to finish what has no files", async () => {
        await mkdir(at("empty"));
        refused(await raw.ProcessBaseImage(at("empty")), WIN32.PATH_NOT_FOUND);
        refused(await raw.ProcessUtilityImage(at("empty")), WIN32.PATH_NOT_FOUND);
        expect(await readdir(at("empty"))).toEqual([]);
      });

      it("finishes a utility VM: its system disk and the template", async () => {
        await addFile(base, "UtilityVM");
        await addFile(base, "UtilityVM/Files");
        expect(await raw.ProcessUtilityImage(path.join(base, "UtilityVM"))).toEqual(ok);
        expect((await readdir(path.join(base, "UtilityVM"))).sort()).toEqual(["Files", "SystemTemplate.vhdx", "SystemTemplateBase.vhdx"]);
      });

      it("destroys a layer with all in it", async () => {
        expect(await raw.DestroyLayer(info, base)).toEqual(ok);
        expect(await raw.LayerExists(info, base)).toEqual({ ...ok, exists: false });
      });
    });

    describe("layers on others", () => {
      it("imports what is in transport format, and shows it with all that is below", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const upper = await importOn(at("upper"), { "oriel/changed.txt": "again", "oriel/own.txt": "own" }, lower, base);
        const seen = await mount(await makeScratch(at("scratch"), upper, lower, base), upper, lower, base);
        expect((await readdir(path.join(seen, "oriel"))).sort()).toEqual(["Folder", "changed.txt", "gone.txt", "kept.txt", "own.txt"]);
        expect(await readFile(path.join(seen, "oriel", "changed.txt"), "utf8")).toBe("again");
        expect(await readFile(path.join(seen, "oriel", "kept.txt"), "utf8")).toBe("kept");
        expect(await readdir(path.join(seen, "Windows", "System32"))).toContain("config");
      });

      it("keeps what a backup stream says of an imported file", async () => {
        const streams = [
          { kind: BackupStreamKind.Security, name: "", data: securityBytes(true) },
          dataPart("data"),
          { kind: BackupStreamKind.Alternate, name: ":zone:$DATA", data: Buffer.from("3") },
        ];
        const lower = await importOn(at("lower"), { "oriel/full.txt": streams }, base);
        const { hresult, file } = await files.OpenBackupReader(lower, path.join(lower, "Files", "oriel", "full.txt"));
        expect(hresult).toBe(S_OK);
        const pieces: Uint8Array[] = [];
        for (let piece = await files.BackupRead(file, 4096); piece.chunk.length > 0; piece = await files.BackupRead(file, 4096)) {
          pieces.push(Uint8Array.from(piece.chunk));
        }
        await files.CloseBackupFile(file);
        const parts = parseBackupStream(Buffer.concat(pieces));
        expect(Buffer.from(dataOf(parts)).toString()).toBe("data");
        const named = parts.filter(({ kind }) => kind === BackupStreamKind.Security || kind === BackupStreamKind.Alternate);
        expect(named.map(({ name: stream, data }) => [stream, Buffer.from(data).toString("hex")]).sort()).toEqual(
          [
            ["", Buffer.from(securityBytes(true)).toString("hex")],
            [":zone:$DATA", "33"],
          ].sort(),
        );
      });

      it("finds names whatever their case", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const upper = await importOn(at("upper"), { "ORIEL/Changed.TXT": "again" }, lower, base);
        const seen = await mount(await makeScratch(at("scratch"), upper, lower, base), upper, lower, base);
        const names = await readdir(path.join(seen, "oriel"));
        expect(names.filter((file) => file.toLowerCase() === "changed.txt").length).toBe(1);
        expect(await readFile(path.join(seen, "oriel", names.find((file) => file.toLowerCase() === "changed.txt") ?? ""), "utf8")).toBe(
          "again",
        );
      });

      it("hides what was removed from an imported layer, and leaves the layer below as it was", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const upper = await importOn(at("upper"), {}, lower, base);
        expect(await files.RemoveTree(upper, path.join(upper, "Files", "oriel", "gone.txt"))).toEqual(ok);
        expect(await files.RemoveTree(upper, path.join(upper, "Files", "oriel", "Folder"))).toEqual(ok);
        const seen = await mount(await makeScratch(at("scratch"), upper, lower, base), upper, lower, base);
        expect((await readdir(path.join(seen, "oriel"))).sort()).toEqual(["changed.txt", "kept.txt"]);
        expect((await readdir(path.join(lower, "Files", "oriel"))).sort()).toEqual(["Folder", "changed.txt", "gone.txt", "kept.txt"]);
      });

      it("refuses an import without parents, on a parent that is not there, and from a folder that is not there", async () => {
        refused(await raw.ImportLayer(info, at("x"), await stage({}), []), WIN32.INVALID_PARAMETER);
        refused(await raw.ImportLayer(info, at("x"), await stage({}), await descriptors(at("none"))), WIN32.PATH_NOT_FOUND);
        refused(await raw.ImportLayer(info, at("x"), at("no-staging"), await descriptors(base)), WIN32.PATH_NOT_FOUND);
        expect(await raw.LayerExists(info, at("x"))).toEqual({ ...ok, exists: false });
      });

      it("returns the folder of a read-only layer as its mount path", async () => {
        expect(await raw.GetLayerMountPath(info, base)).toEqual({ ...ok, path: base });
        expect(await raw.ActivateLayer(info, base)).toEqual(ok);
        expect(await raw.DeactivateLayer(info, base)).toEqual(ok);
      });
    });

    describe("scratches", () => {
      it("has a volume from activation to deactivation, another for each scratch", async () => {
        const [one, two] = [await makeScratch(at("one"), base), await makeScratch(at("two"), base)];
        expect(await raw.GetLayerMountPath(info, one)).toEqual({ ...ok, path: "" });
        await mount(one, base);
        await mount(two, base);
        const [first, second] = [await raw.GetLayerMountPath(info, one), await raw.GetLayerMountPath(info, two)];
        for (const { path: volume } of [first, second]) expect(/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\?$/i.test(volume)).toBe(true);
        expect(first.path).not.toBe(second.path);
        await unmount(one);
        expect(await raw.GetLayerMountPath(info, one)).toEqual({ ...ok, path: "" });
      });

      it("keeps what was changed in it, and the layers below as they were", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const scratch = await makeScratch(at("scratch"), lower, base);
        await change(await mount(scratch, lower, base));
        await unmount(scratch);
        const seen = await mount(scratch, lower, base);
        expect((await readdir(path.join(seen, "oriel"))).sort()).toEqual(["New", "changed.txt", "kept.txt"]);
        expect(await readFile(path.join(seen, "oriel", "changed.txt"), "utf8")).toBe("after");
        expect(await readFile(path.join(lower, "Files", "oriel", "changed.txt"), "utf8")).toBe("before");
        expect((await readdir(path.join(lower, "Files", "oriel"))).sort()).toEqual(["Folder", "changed.txt", "gone.txt", "kept.txt"]);
      });

      it("refuses one that is there, one without parents, and one on a parent that is not there", async () => {
        await makeScratch(at("scratch"), base);
        refused(await raw.CreateSandboxLayer(info, at("scratch"), "", await descriptors(base)), WIN32.ALREADY_EXISTS);
        refused(await raw.CreateSandboxLayer(info, at("x"), "", []), WIN32.INVALID_PARAMETER);
        refused(await raw.CreateSandboxLayer(info, at("x"), "", await descriptors(at("none"))), WIN32.PATH_NOT_FOUND);
        expect(await raw.LayerExists(info, at("x"))).toEqual({ ...ok, exists: false });
      });

      it("refuses what is out of order, and goes on from where it was", async () => {
        const scratch = await makeScratch(at("scratch"), base);
        const parents = await descriptors(base);
        refused(await raw.ActivateLayer(info, at("none")), WIN32.PATH_NOT_FOUND);
        refused(await raw.PrepareLayer(info, scratch, parents), WIN32.NOT_READY);
        await mount(scratch, base);
        refused(await raw.PrepareLayer(info, scratch, parents), WIN32.SHARING_VIOLATION);
        refused(await raw.DestroyLayer(info, scratch), WIN32.SHARING_VIOLATION);
        expect((await raw.GetLayerMountPath(info, scratch)).path).not.toBe("");
        await unmount(scratch);
        expect(await raw.DestroyLayer(info, scratch)).toEqual(ok);
        expect(await raw.LayerExists(info, scratch)).toEqual({ ...ok, exists: false });
      });

      it("grows, never shrinks, and refuses to grow what is not there", async () => {
        const scratch = await makeScratch(at("scratch"), base);
        expect(await raw.ExpandSandboxSize(info, scratch, 40n << 30n)).toEqual(ok);
        if (!real) expect(await raw.ExpandSandboxSize(info, scratch, 1n << 30n)).toEqual(ok);
        refused(await raw.ExpandSandboxSize(info, at("none"), 40n << 30n), WIN32.FILE_NOT_FOUND);
        await mount(scratch, base);
      });
    });

    describe("export", () => {
      it("writes what a scratch changed, and what it took away, in transport format", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const scratch = await makeScratch(at("scratch"), lower, base);
        await change(await mount(scratch, lower, base));
        expect(await raw.UnprepareLayer(info, scratch)).toEqual(ok);
        expect(await raw.ExportLayer(info, scratch, at("out"), await descriptors(lower, base))).toEqual(ok);
        expect(await exported(at("out"))).toEqual(wantedExport);
        expect(await dataIn(at("out", "Files", "oriel", "changed.txt"))).toBe("after");
        expect(await dataIn(at("out", "Files", "oriel", "New", "new.txt"))).toBe("new");
        expect(await readdir(at("out"))).toContain("Files.$wcidirs$");
        expect((await stat(at("out", "Hives"))).isDirectory()).toBe(true);
      });

      it("gives a scratch that nobody changed as nothing below Files", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const scratch = await makeScratch(at("scratch"), lower, base);
        await mount(scratch, lower, base);
        expect(await raw.UnprepareLayer(info, scratch)).toEqual(ok);
        expect(await raw.ExportLayer(info, scratch, at("out"), await descriptors(lower, base))).toEqual(ok);
        expect(await readdir(at("out", "Files"))).not.toContain("oriel");
        expect((await readFile(at("out", "tombstones.txt"), "utf8")).includes("oriel")).toBe(false);
      });

      it("makes a layer that is the same again, when its tombstones are removed from the import", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const scratch = await makeScratch(at("scratch"), lower, base);
        await change(await mount(scratch, lower, base));
        expect(await raw.UnprepareLayer(info, scratch)).toEqual(ok);
        expect(await raw.ExportLayer(info, scratch, at("out"), await descriptors(lower, base))).toEqual(ok);
        const { tombstones } = await exported(at("out"));
        await rm(at("out", "tombstones.txt"));

        const committed = at("committed");
        expect(await raw.ImportLayer(info, committed, at("out"), await descriptors(lower, base))).toEqual(ok);
        for (const name of tombstones) {
          expect(
            await files.RemoveTree(committed, path.join(committed, "Files", ...name.split("\\").filter((part) => part !== ""))),
          ).toEqual(ok);
        }
        const seen = await mount(await makeScratch(at("again"), committed, lower, base), committed, lower, base);
        expect((await readdir(path.join(seen, "oriel"))).sort()).toEqual(["New", "changed.txt", "kept.txt"]);
        expect(await readFile(path.join(seen, "oriel", "changed.txt"), "utf8")).toBe("after");
        expect(await readFile(path.join(seen, "oriel", "New", "new.txt"), "utf8")).toBe("new");
      });

      it("writes of a read-only layer on others what it adds and takes away", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const upper = await importOn(at("upper"), { "oriel/changed.txt": "after", "oriel/New/new.txt": "new" }, lower, base);
        for (const gone of ["gone.txt", "Folder"])
          expect(await files.RemoveTree(upper, path.join(upper, "Files", "oriel", gone))).toEqual(ok);
        expect(await raw.ExportLayer(info, upper, at("out"), await descriptors(lower, base))).toEqual(ok);
        expect(await exported(at("out"))).toEqual(wantedExport);
      });

      it("keeps the metadata of what was changed", async () => {
        const lower = await importOn(at("lower"), lowerContent, base);
        const streams = [{ kind: BackupStreamKind.Security, name: "", data: securityBytes(true) }, dataPart("x")];
        const upper = await importOn(at("upper"), { "oriel/full.txt": streams }, lower, base);
        const file = path.join(upper, "Files", "oriel", "full.txt");
        const opened = await files.OpenBackupFile(upper, file);
        const time = 1_600_000_000_123_456_700n;
        const all = { creationTime: time, lastAccessTime: time, lastWriteTime: time, changeTime: time, attributes: Hidden | Archive };
        expect((await files.SetBasicInfo(opened.file, all)).hresult).toBe(S_OK);
        await files.CloseBackupFile(opened.file);
        expect(await raw.ExportLayer(info, upper, at("out"), await descriptors(lower, base))).toEqual(ok);
        const out = at("out", "Files", "oriel", "full.txt");
        expect((await readFile(out)).readUInt32LE(0)).toBe(Hidden | Archive);
        const parts = parseBackupStream((await readFile(out)).subarray(4));
        expect(parts.filter(({ kind }) => kind === BackupStreamKind.Security).map(({ data }) => Buffer.from(data).toString("hex"))).toEqual(
          [Buffer.from(securityBytes(true)).toString("hex")],
        );
        // Its times are those of the file that stands for it.
        const reader = await files.OpenBackupReader(at("out"), out);
        expect((await files.GetFileFacts(reader.file)).facts).toMatchObject({ lastWriteTime: time });
        await files.CloseBackupFile(reader.file);
      });

      it("refuses a scratch that is prepared, or not active", async () => {
        const scratch = await makeScratch(at("scratch"), base);
        refused(await raw.ExportLayer(info, scratch, at("out"), await descriptors(base)), WIN32.NOT_READY);
        await mount(scratch, base);
        refused(await raw.ExportLayer(info, scratch, at("out"), await descriptors(base)), WIN32.SHARING_VIOLATION);
        refused(await raw.ExportLayer(info, at("none"), at("out"), await descriptors(base)), WIN32.PATH_NOT_FOUND);
      });
    });

    describe("names", () => {
      it("has one GUID for one name, and another for another", async () => {
        const { hresult, guid } = await raw.NameToGuid("abcdef");
        expect(hresult).toBe(S_OK);
        expect(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(guid)).toBe(true);
        expect((await raw.NameToGuid("abcdef")).guid).toBe(guid);
        expect((await raw.NameToGuid("abcdeg")).guid).not.toBe(guid);
        if (!real) expect((await raw.NameToGuid("ABCdef")).guid).toBe(guid);
      });

      it("lists base images, and refuses rights on a file that is not there", async () => {
        const { hresult, images } = await raw.GetBaseImages();
        expect(hresult).toBe(S_OK);
        expect(Array.isArray((JSON.parse(images ?? "") as { Images: unknown }).Images)).toBe(true);
        refused(await raw.GrantVmAccess("00000000-0000-0000-0000-000000000001", at("none")), WIN32.FILE_NOT_FOUND);
      });
    });
  });
}

function dataPart(content: string): BackupStreamPart {
  return { kind: BackupStreamKind.Data, name: "", data: Buffer.from(content) };
}

/** A file of the transport format: attributes and a backup stream. */
function attributesAnd(attributes: number, parts: readonly BackupStreamPart[]): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(attributes);
  return Buffer.concat([head, backupStreamBytes(...parts)]);
}
