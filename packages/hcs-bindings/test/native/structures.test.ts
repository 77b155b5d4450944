import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { structures } from "../../src/native/structures.ts";

type Structure = ReturnType<typeof structures>["driverInfo"];

const offsets = (type: Structure) => Object.fromEntries(Object.values(type.members ?? {}).map(({ name, offset }) => [name, offset]));

// Sizes and offsets of the x64 and arm64 ABIs, which agree on these.
test("HCS_PROCESS_INFORMATION is laid out as HCS writes it", () => {
  const { processInformation } = structures();
  expect(processInformation.size).toBe(32);
  expect(offsets(processInformation)).toEqual({ ProcessId: 0, Reserved: 4, StdInput: 8, StdOutput: 16, StdError: 24 });
});

test("DriverInfo is laid out as the layer functions read it", () => {
  const { driverInfo } = structures();
  expect(driverInfo.size).toBe(16);
  expect(offsets(driverInfo)).toEqual({ Flavour: 0, HomeDir: 8 });
});

test("WC_LAYER_DESCRIPTOR holds a GUID of 16 bytes, and is 32 long in an array", () => {
  const { layerDescriptor } = structures();
  expect(layerDescriptor.size).toBe(32);
  expect(offsets(layerDescriptor)).toEqual({ LayerId: 0, Flags: 16, Path: 24 });
});

test("Win32's own structures have the sizes of its headers", () => {
  const { fileBasicInfo, fileDispositionInfo, fileStandardInfo, fileIdInfo, osVersionInfo, tokenPrivileges } = structures();
  expect(fileBasicInfo.size).toBe(40);
  expect(offsets(fileBasicInfo)).toEqual({ CreationTime: 0, LastAccessTime: 8, LastWriteTime: 16, ChangeTime: 24, FileAttributes: 32 });
  expect(fileStandardInfo.size).toBe(24);
  expect(offsets(fileStandardInfo)).toEqual({ AllocationSize: 0, EndOfFile: 8, NumberOfLinks: 16, DeletePending: 20, Directory: 21 });
  expect(fileIdInfo.size).toBe(24);
  expect(offsets(fileIdInfo)).toEqual({ VolumeSerialNumber: 0, FileId: 8 });
  expect(fileDispositionInfo.size).toBe(1);
  expect(osVersionInfo.size).toBe(276);
  expect(offsets(osVersionInfo)).toMatchObject({ dwMajorVersion: 4, dwMinorVersion: 8, dwBuildNumber: 12, szCSDVersion: 20 });
  expect(tokenPrivileges.size).toBe(16);
  expect(offsets(tokenPrivileges)).toEqual({ PrivilegeCount: 0, LowPart: 4, HighPart: 8, Attributes: 12 });
});

/** The C declaration of each structure of virtdisk.dll, and the member of its union that is laid out here. */
const virtualDisks = [
  ["VIRTUAL_STORAGE_TYPE", "", () => structures().virtualStorageType],
  ["DOCUMENTED_CREATE_VIRTUAL_DISK_PARAMETERS", "Version2", () => structures().createVirtualDisk],
  ["OPEN_VIRTUAL_DISK_PARAMETERS", "Version2", () => structures().openVirtualDisk],
  ["DOCUMENTED_ATTACH_VIRTUAL_DISK_PARAMETERS", "Version2", () => structures().attachVirtualDisk],
  ["EXPAND_VIRTUAL_DISK_PARAMETERS", "Version1", () => structures().expandVirtualDisk],
] as const;

test("the parameters of virtual disks start their union where it aligns", () => {
  const all = Object.fromEntries(virtualDisks.map(([name, , type]) => [name, { ...offsets(type()), size: type().size }]));
  expect(all).toEqual({
    VIRTUAL_STORAGE_TYPE: { DeviceId: 0, VendorId: 4, size: 20 },
    DOCUMENTED_CREATE_VIRTUAL_DISK_PARAMETERS: { Version: 0, Version2: 8, size: 128 },
    OPEN_VIRTUAL_DISK_PARAMETERS: { Version: 0, Version2: 4, size: 28 },
    DOCUMENTED_ATTACH_VIRTUAL_DISK_PARAMETERS: { Version: 0, Version2: 8, size: 24 },
    EXPAND_VIRTUAL_DISK_PARAMETERS: { Version: 0, Version1: 8, size: 16 },
  });
});

/** mingw's header is older than these: as https://learn.microsoft.com/windows/win32/api/virtdisk has them. */
const documented = `
typedef struct { DWORD Version; union { struct { GUID UniqueId; ULONGLONG MaximumSize; ULONG BlockSizeInBytes; ULONG SectorSizeInBytes;
  ULONG PhysicalSectorSizeInBytes; PCWSTR ParentPath; PCWSTR SourcePath; DWORD OpenFlags; VIRTUAL_STORAGE_TYPE ParentVirtualStorageType;
  VIRTUAL_STORAGE_TYPE SourceVirtualStorageType; GUID ResiliencyGuid; } Version2; }; } DOCUMENTED_CREATE_VIRTUAL_DISK_PARAMETERS;
typedef struct { DWORD Version; union { struct { ULONG Reserved; } Version1; struct { ULONGLONG RestrictedOffset; ULONGLONG RestrictedLength; }
  Version2; }; } DOCUMENTED_ATTACH_VIRTUAL_DISK_PARAMETERS;
`;

const noMingw = spawnSync("x86_64-w64-mingw32-gcc", ["--version"]).error !== undefined;

test.skipIf(noMingw)(
  `every member lies where the headers of Windows have it${noMingw ? " (skipped: mingw-w64 is not installed: apt-get install gcc-mingw-w64-x86-64-win32)" : ""}`,
  () => {
    const { fileBasicInfo, fileStandardInfo, fileIdInfo, fileDispositionInfo, tokenPrivileges } = structures();
    const claims = [
      ...claimsOf("FILE_BASIC_INFO", fileBasicInfo),
      ...claimsOf("FILE_STANDARD_INFO", fileStandardInfo),
      ...claimsOf("FILE_ID_INFO", fileIdInfo),
      ...claimsOf("FILE_DISPOSITION_INFO", fileDispositionInfo),
      `offsetof(TOKEN_PRIVILEGES, Privileges[0].Attributes) == ${offsets(tokenPrivileges).Attributes}`,
      // What directory-names.ts reads by offset.
      ...["NextEntryOffset) == 0", "FileNameLength) == 60", "FileName) == 104"].map((rest) => `offsetof(FILE_ID_BOTH_DIR_INFO, ${rest}`),
      ...virtualDisks.flatMap(([name, union, type]) => {
        const inner = Object.values(type().members ?? {}).find((member) => member.name === union);
        return [...claimsOf(name, type()), ...(inner === undefined ? [] : claimsOf(name, inner.type, `${union}.`, inner.offset))];
      }),
    ];
    const source = ["#include <windows.h>", "#include <stddef.h>", "#include <virtdisk.h>", documented];
    const asserts = claims.map((claim) => `_Static_assert(${claim}, "it lies elsewhere");`);
    const compiler = spawnSync(
      "x86_64-w64-mingw32-gcc",
      ["-D_WIN32_WINNT=0x0A00", "-DNTDDI_VERSION=0x0A000007", "-fsyntax-only", "-xc", "-"],
      {
        input: [...source, ...asserts, ""].join("\n"),
        encoding: "utf8",
      },
    );
    expect(claims.length).toBeGreaterThan(40);
    expect(compiler.stderr).toBe("");
    expect(compiler.status).toBe(0);
  },
);

function claimsOf(name: string, type: Structure, prefix = "", start = 0): string[] {
  return Object.entries(offsets(type)).map(([member, offset]) => `offsetof(${name}, ${prefix}${member}) == ${start + offset}`);
}
