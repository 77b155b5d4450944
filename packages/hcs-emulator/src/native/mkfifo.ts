import { createRequire } from "node:module";
import type * as Koffi from "koffi";

const require = createRequire(import.meta.url);
let mkfifo: ((file: string, mode: number) => number) | undefined;

/**
 * Makes named pipes that only this user opens; Node.js has no call for it, and a command for it takes longer than what it is
 * made for. Their folder must exist.
 * @throws Error for one that cannot be made
 */
export function makeFifos(files: readonly string[]): void {
  mkfifo ??= load();
  for (const file of files) if (mkfifo(file, 0o600) !== 0) throw new Error(`the named pipe ${file} could not be made`);
}

function load(): (file: string, mode: number) => number {
  const koffi = require("koffi") as typeof Koffi;
  // The process itself: libc is linked into it, whatever its file is called.
  return koffi.load(null).func("int mkfifo(const char *file, uint32_t mode)") as unknown as (file: string, mode: number) => number;
}
