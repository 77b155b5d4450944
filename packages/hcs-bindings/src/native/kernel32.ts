import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";

const names = [
  "GetLastError",
  "GetCurrentProcess",
  "TerminateProcess",
  "CloseHandle",
  "CreateFileW",
  "DeviceIoControl",
  "GetDiskFreeSpaceW",
  "GetVolumeInformationByHandleW",
] as const;
type Kernel32Name = (typeof names)[number];

const createFile: Prototype = ["uintptr_t", "str16", "uint32", "uint32", "uintptr_t", "uint32", "uint32", "uintptr_t"];

function prototypes(): { readonly [K in Kernel32Name]: Prototype } {
  const { inout, pointer } = koffi();
  const number = inout(pointer("uint32"));
  return {
    GetLastError: ["uint32"],
    GetCurrentProcess: ["intptr_t"],
    TerminateProcess: ["int32", "intptr_t", "uint32"],
    CloseHandle: ["int32", "uintptr_t"],
    CreateFileW: createFile,
    DeviceIoControl: ["int32", "uintptr_t", "uint32", "void *", "uint32", "void *", "uint32", number, "uintptr_t"],
    GetDiskFreeSpaceW: ["int32", "str16", number, number, number, number],
    GetVolumeInformationByHandleW: ["int32", "uintptr_t", "uintptr_t", "uint32", "uintptr_t", "uintptr_t", "uintptr_t", "void *", "uint32"],
  };
}

/** Handles, volumes and the process itself. */
export function kernel32(file: string): { readonly [K in Kernel32Name]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}

const backupNames = [
  "CreateFileW",
  "CreateDirectoryW",
  "CreateHardLinkW",
  "GetFileAttributesW",
  "GetFileInformationByHandleEx",
  "SetFileInformationByHandle",
  "BackupRead",
  "BackupWrite",
] as const;
type BackupName = (typeof backupNames)[number];

function backupPrototypes(): { readonly [K in BackupName]: Prototype } {
  const { inout, pointer } = koffi();
  const transfer: Prototype = [
    "int32",
    "uintptr_t",
    "void *",
    "uint32",
    inout(pointer("uint32")),
    "int32",
    "int32",
    inout(pointer("uintptr_t")),
  ];
  const information: Prototype = ["int32", "uintptr_t", "int32", "void *", "uint32"];
  return {
    CreateFileW: createFile,
    CreateDirectoryW: ["int32", "str16", "uintptr_t"],
    CreateHardLinkW: ["int32", "str16", "str16", "uintptr_t"],
    GetFileAttributesW: ["uint32", "str16"],
    GetFileInformationByHandleEx: information,
    SetFileInformationByHandle: information,
    BackupRead: transfer,
    BackupWrite: transfer,
  };
}

/**
 * The functions of kernel32.dll that files of layers are made, read and removed with. Apart from the rest because Wine's lack backup
 * streams, and what goes with them: a DLL of one's own can stand in for these alone.
 */
export function backup(file: string): { readonly [K in BackupName]: NativeFunction } {
  return declareLibrary(file, backupPrototypes, backupNames);
}
