import { createRequire } from "node:module";
import type * as Koffi from "koffi";

const require = createRequire(import.meta.url);
let loaded: typeof Koffi | undefined;

/** koffi, loaded at first use: it is native code, and importing this package must work on every host. */
export function koffi(): typeof Koffi {
  loaded ??= require("koffi") as typeof Koffi;
  return loaded;
}
