import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction } from "./library.ts";
import { structures } from "./structures.ts";

/** RtlGetVersion says the version that is there; GetVersionEx says the one that a program's manifest asks for. */
export function ntdll(file: string): { readonly RtlGetVersion: NativeFunction } {
  const prototypes = () => ({
    RtlGetVersion: ["uint32", koffi().inout(koffi().pointer(structures().osVersionInfo))] as const,
  });
  return declareLibrary(file, prototypes, ["RtlGetVersion"]);
}
