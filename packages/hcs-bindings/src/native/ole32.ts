import { declareLibrary, type NativeFunction } from "./library.ts";

/** Frees what HCS allocated for its caller. */
export function ole32(file: string): { readonly CoTaskMemFree: NativeFunction } {
  return declareLibrary(file, () => ({ CoTaskMemFree: ["void", "uintptr_t"] }), ["CoTaskMemFree"]);
}
