import { declareLibrary, type NativeFunction } from "./library.ts";

/** libuv, as node.exe exports it to native add-ons. */
export function libuv(file: string): { readonly uv_open_osfhandle: NativeFunction } {
  return declareLibrary(file, () => ({ uv_open_osfhandle: ["int", "uintptr_t"] }), ["uv_open_osfhandle"]);
}
