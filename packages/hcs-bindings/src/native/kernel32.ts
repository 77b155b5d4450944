import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";

const names = [
  "GetLastError",
  "GetCurrentProcess",
  "TerminateProcess",
  "CloseHandle",
  "CreateFileW",
  "CreateDirectoryW",
  "CreateHardLinkW",
  "GetFileAttributesW",
  "SetFileInformationByHandle",
] as const;
type Kernel32Name = (typeof names)[number];

function prototypes(): { readonly [K in Kernel32Name]: Prototype } {
  return {
    GetLastError: ["uint32"],
    GetCurrentProcess: ["intptr_t"],
    TerminateProcess: ["int32", "intptr_t", "uint32"],
    CloseHandle: ["int32", "uintptr_t"],
    CreateFileW: ["uintptr_t", "str16", "uint32", "uint32", "uintptr_t", "uint32", "uint32", "uintptr_t"],
    CreateDirectoryW: ["int32", "str16", "uintptr_t"],
    CreateHardLinkW: ["int32", "str16", "str16", "uintptr_t"],
    GetFileAttributesW: ["uint32", "str16"],
    SetFileInformationByHandle: ["int32", "uintptr_t", "int32", "void *", "uint32"],
  };
}

/** Handles, files and the process itself. */
export function kernel32(file: string): { readonly [K in Kernel32Name]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}

/** Apart from the rest of kernel32.dll, because Wine's has no such exports and takes them from a DLL of its own. */
export function backup(file: string): { readonly BackupWrite: NativeFunction } {
  const prototypes = () => ({
    BackupWrite: [
      "int32",
      "uintptr_t",
      "void *",
      "uint32",
      koffi().inout(koffi().pointer("uint32")),
      "int32",
      "int32",
      koffi().inout(koffi().pointer("uintptr_t")),
    ] as const,
  });
  return declareLibrary(file, prototypes, ["BackupWrite"]);
}
