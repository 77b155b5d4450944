import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";

const names = ["GetLastError", "GetCurrentProcess", "TerminateProcess", "CloseHandle"] as const;
type Kernel32Name = (typeof names)[number];

function prototypes(): { readonly [K in Kernel32Name]: Prototype } {
  return {
    GetLastError: ["uint32"],
    GetCurrentProcess: ["intptr_t"],
    TerminateProcess: ["int32", "intptr_t", "uint32"],
    CloseHandle: ["int32", "uintptr_t"],
  };
}

/** Handles, and the process itself. */
export function kernel32(file: string): { readonly [K in Kernel32Name]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}

const backupNames = [
  "CreateFileW",
  "CloseHandle",
  "CreateDirectoryW",
  "CreateHardLinkW",
  "GetFileAttributesW",
  "GetFileInformationByHandleEx",
  "SetFileInformationByHandle",
  "BackupRead",
  "BackupWrite",
  "GetVolumeInformationByHandleW",
] as const;
type BackupName = (typeof backupNames)[number];

function backupPrototypes(): { readonly [K in BackupName]: Prototype } {
  const { inout, pointer } = koffi();
  const number = inout(pointer("uint32"));
  const transfer: Prototype = ["int32", "uintptr_t", "void *", "uint32", number, "int32", "int32", inout(pointer("uintptr_t"))];
  const information: Prototype = ["int32", "uintptr_t", "int32", "void *", "uint32"];
  return {
    CreateFileW: ["uintptr_t", "str16", "uint32", "uint32", "uintptr_t", "uint32", "uint32", "uintptr_t"],
    CloseHandle: ["int32", "uintptr_t"],
    CreateDirectoryW: ["int32", "str16", "uintptr_t"],
    CreateHardLinkW: ["int32", "str16", "str16", "uintptr_t"],
    GetFileAttributesW: ["uint32", "str16"],
    GetFileInformationByHandleEx: information,
    SetFileInformationByHandle: information,
    BackupRead: transfer,
    BackupWrite: transfer,
    GetVolumeInformationByHandleW: ["int32", "uintptr_t", "uintptr_t", "uint32", "uintptr_t", "uintptr_t", "uintptr_t", "void *", "uint32"],
  };
}

/**
 * The functions of kernel32.dll for files of layers, disks and volumes, and for closing their handles. Apart from the rest because
 * Wine has no backup streams, and no virtual disks: a DLL of one's own can stand in for these alone.
 */
export function backup(file: string): { readonly [K in BackupName]: NativeFunction } {
  return declareLibrary(file, backupPrototypes, backupNames);
}
