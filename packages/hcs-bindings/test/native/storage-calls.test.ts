import { formatHresult, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mountByVolume } from "../../examples/mount-by-volume.ts";
import type { DiskHandle } from "../../src/windows/raw-disk.ts";
import { createNativeHcs, type WindowsHcs } from "../../src/windows/windows-hcs.ts";
import { compileLibrary, lacksCompiler } from "./native-library.ts";

const reason = lacksCompiler();
const vhd = 0xffffffff00000042n as DiskHandle;
const ok = { hresult: 0 };

test("where the DLLs are absent, their functions are: procedure not found", async () => {
  const hcs = createNativeHcs({ libraries: { computestorage: "no-such.dll", virtdisk: "no-such.dll" } });
  const absent = hresultFromWin32(WIN32.PROC_NOT_FOUND);
  expect(await hcs.storage.HcsDestroyLayer("C:\\layer")).toEqual({ hresult: absent });
  expect(await hcs.storage.HcsGetLayerVhdMountPath(vhd)).toEqual({ hresult: absent, path: "" });
  expect(await hcs.disk.OpenVirtualDisk("C:\\a.vhdx", { readOnly: true })).toEqual({ hresult: absent, disk: 0n });
  await hcs.close();
});

describe.skipIf(reason !== undefined)(`computestorage.dll and virtdisk.dll${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let library: ReturnType<typeof compileLibrary>;
  let hcs: WindowsHcs;
  let server2019: WindowsHcs;
  /** What the library's functions were given since the last time. */
  const written = async () =>
    (await hcs.network.HNSCall("", "", "")).response?.split("\n").filter((line) => line !== "free" && line !== "");

  beforeAll(() => {
    library = compileLibrary("storage-library.c");
    const { file } = library;
    const libraries = { vmcompute: file, computestorage: file, virtdisk: file, backup: file, kernel32: file, advapi32: file, ole32: file };
    hcs = createNativeHcs({ libraries });
    server2019 = createNativeHcs({ libraries: { ...libraries, ntdll: file } });
  });
  beforeEach(async () => {
    await written();
  });
  afterAll(async () => {
    await hcs?.close();
    await server2019?.close();
    library?.remove();
  });

  test("each layer function gets its values in the order of the reference", async () => {
    const { storage } = hcs;
    const answers = [
      await storage.HcsImportLayer("layer", "source", "data"),
      await storage.HcsExportLayer("layer", "folder", "data", "options"),
      await storage.HcsDestroyLayer("layer"),
      await storage.HcsSetupBaseOSLayer("layer", vhd, "options"),
      await storage.HcsSetupBaseOSLayer("layer", 0n, ""),
      await storage.HcsSetupBaseOSVolume("layer", "volume", "options"),
      await storage.HcsInitializeWritableLayer("layer", "data", "options"),
      await storage.HcsInitializeLegacyWritableLayer("mount", "folder", "data", "options"),
      await storage.HcsExportLegacyWritableLayer("mount", "folder", "out", "data"),
      await storage.HcsAttachLayerStorageFilter("layer", "data"),
      await storage.HcsDetachLayerStorageFilter("layer"),
      await storage.HcsAttachOverlayFilter("volume", "data"),
      await storage.HcsDetachOverlayFilter("volume"),
      await storage.HcsFormatWritableLayerVhd(vhd),
    ];
    expect(answers).toEqual(answers.map(() => ok));
    expect(await written()).toEqual([
      "HcsImportLayer layer source data",
      "HcsExportLayer layer folder data options",
      "HcsDestroyLayer layer",
      "HcsSetupBaseOSLayer layer 0xffffffff00000042 options",
      "HcsSetupBaseOSLayer layer (nil) ",
      "HcsSetupBaseOSVolume layer volume options",
      "HcsInitializeWritableLayer layer data options",
      "HcsInitializeLegacyWritableLayer mount folder data options",
      "HcsExportLegacyWritableLayer mount folder out data",
      "HcsAttachLayerStorageFilter layer data",
      "HcsDetachLayerStorageFilter layer",
      "HcsAttachOverlayFilter volume data",
      "HcsDetachOverlayFilter volume",
      "HcsFormatWritableLayerVhd 0xffffffff00000042",
    ]);
  });

  test("a volume's path is freed once", async () => {
    expect(await hcs.storage.HcsGetLayerVhdMountPath(vhd)).toEqual({ ...ok, path: "\\\\?\\Volume{1}" });
    // The first is of what was written before.
    expect((await hcs.network.HNSCall("", "", "")).response).toBe("free\nHcsGetLayerVhdMountPath 0xffffffff00000042\nfree\n");
  });

  test("Windows Server 2019 formats the device that a disk is attached as", async () => {
    expect(await server2019.storage.HcsFormatWritableLayerVhd(vhd)).toEqual(ok);
    expect(await written()).toEqual([
      "AttachVirtualDisk 0xffffffff00000042 (nil) 2 0 v1",
      "GetVirtualDiskPhysicalPath 0xffffffff00000042 520",
      "CreateFileW \\\\.\\PhysicalDrive1 c0000000",
      "HcsFormatWritableLayerVhd 0x77",
      "CloseHandle 0x77",
      "DetachVirtualDisk 0xffffffff00000042 0 0",
    ]);
  });

  test("disks are VHDX of Microsoft's, by parameters of version 2", async () => {
    const { disk } = hcs;
    const whole = { path: "C:\\a.vhdx", maximumSize: 1n << 40n, blockSize: 1 << 20, parentPath: undefined };
    expect(await disk.CreateVirtualDisk(whole)).toEqual({ ...ok, disk: vhd });
    await disk.CreateVirtualDisk({ path: "C:\\b.vhdx", maximumSize: 0n, blockSize: 0, parentPath: "C:\\a.vhdx" });
    expect(await disk.OpenVirtualDisk("C:\\a.vhdx", { readOnly: true })).toEqual({ ...ok, disk: vhd });
    expect(await written()).toEqual([
      "CreateVirtualDisk 3 ec984aec C:\\a.vhdx 0 0 0 (nil) v2 1099511627776 1048576 512 (none) 0",
      "CreateVirtualDisk 3 ec984aec C:\\b.vhdx 0 0 0 (nil) v2 0 0 0 C:\\a.vhdx 3",
      "OpenVirtualDisk 3 C:\\a.vhdx 0 0 v2 0 1",
    ]);
  });

  test("disks are attached without a letter, found, grown and closed", async () => {
    const { disk } = hcs;
    expect(await disk.AttachVirtualDisk(vhd, { readOnly: true, permanent: true })).toEqual(ok);
    expect(await disk.GetVirtualDiskPhysicalPath(vhd)).toEqual({ ...ok, path: "\\\\.\\PhysicalDrive1" });
    expect(await disk.DetachVirtualDisk(vhd)).toEqual(ok);
    expect(await disk.ExpandVirtualDisk(vhd, 1n << 41n)).toEqual(ok);
    expect(await disk.CloseDisk(vhd)).toEqual(ok);
    expect(await written()).toEqual([
      "AttachVirtualDisk 0xffffffff00000042 (nil) 7 0 v1",
      "GetVirtualDiskPhysicalPath 0xffffffff00000042 520",
      "DetachVirtualDisk 0xffffffff00000042 0 0",
      "ExpandVirtualDisk 0xffffffff00000042 0 v1 2199023255552",
      "CloseHandle 0xffffffff00000042",
    ]);
  });

  test("a failure is an HRESULT, whatever code the function has for it", async () => {
    expect(await hcs.disk.OpenVirtualDisk("none.vhdx", { readOnly: false })).toEqual({ hresult: 0x80070002, disk: 0n });
    expect(formatHresult((await hcs.disk.ExpandVirtualDisk(vhd, 0n)).hresult)).toBe("0xC03A0012");
    expect(formatHresult((await hcs.disk.CloseDisk(0n as DiskHandle)).hresult)).toBe("0x80070006");
  });

  test("the README's example mounts a layer by these calls, in this order", async () => {
    const base = { Id: "00112233-4455-6677-8899-aabbccddeeff", Path: "C:\\base" };
    expect(await mountByVolume(hcs, "C:\\scratch\\sandbox.vhdx", [base])).toBe("\\\\?\\Volume{1}");
    expect((await written())?.map((line) => line.split(" ")[0])).toEqual([
      "CreateVirtualDisk",
      "AttachVirtualDisk",
      "HcsGetLayerVhdMountPath",
      "HcsInitializeWritableLayer",
      "HcsAttachLayerStorageFilter",
      "CloseHandle",
    ]);
  });
});
