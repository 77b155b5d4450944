import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";
import { structures } from "./structures.ts";

const names = ["RegGetValueW", "OpenProcessToken", "LookupPrivilegeValueW", "AdjustTokenPrivileges"] as const;
type Advapi32Name = (typeof names)[number];

function prototypes(): { readonly [K in Advapi32Name]: Prototype } {
  const { inout, pointer } = koffi();
  const number = inout(pointer("uint32"));
  return {
    RegGetValueW: ["uint32", "uintptr_t", "str16", "str16", "uint32", "uintptr_t", "void *", number],
    OpenProcessToken: ["int32", "uintptr_t", "uint32", inout(pointer("uintptr_t"))],
    LookupPrivilegeValueW: ["int32", "str16", "str16", inout(pointer("uint64"))],
    AdjustTokenPrivileges: ["int32", "uintptr_t", "int32", pointer(structures().tokenPrivileges), "uint32", "uintptr_t", "uintptr_t"],
  };
}

/** The registry, and the privileges of a process. */
export function advapi32(file: string): { readonly [K in Advapi32Name]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}
