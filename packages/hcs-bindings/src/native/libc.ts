import { koffi } from "./koffi.ts";
import type { NativeFunction } from "./library.ts";

/** SYNC_FILE_RANGE_WRITE (linux/fs.h). */
const beginWriting = 2;

let syncFileRange: NativeFunction | undefined;

/**
 * Tells Linux to begin to bring a file to the disk, and waits for nothing: files that are synced one after another are then
 * written by one commit of the file system's journal, not by one each (sync_file_range(2)). Elsewhere it does nothing.
 *
 * @param descriptor of a small file: a large one would fill the disk's queue, and then it does wait
 */
export function beginSync(descriptor: number): void {
  if (process.platform !== "linux") return;
  syncFileRange ??= koffi().load(null).func("int sync_file_range(int fd, int64_t offset, int64_t size, unsigned int flags)");
  // An error is not looked at: what syncs the file meets it.
  syncFileRange(descriptor, 0, 0, beginWriting);
}
