import { chmodSync } from "node:fs";
import { createRequire } from "node:module";
import type * as Koffi from "koffi";

const require = createRequire(import.meta.url);
type Mknod = (file: string, mode: number, device: number) => number;
let mknod: Mknod | undefined;

/** S_IFCHR (sys/stat.h). */
const characterDevice = 0o020000;

/** Makes the node of a character device with numbers below 256, whatever the umask. Linux. @throws Error where that is not allowed */
export function makeDevice(file: string, mode: number, major: number, minor: number): void {
  // The process itself: libc is linked into it, whatever its file is called.
  mknod ??= (require("koffi") as typeof Koffi)
    .load(null)
    .func("int mknod(const char *file, uint32_t mode, uint64_t device)") as unknown as Mknod;
  if (mknod(file, characterDevice | mode, (major << 8) | minor) !== 0) throw new Error(`the device ${file} could not be made`);
  chmodSync(file, mode);
}
