import { statfsSync } from "node:fs";

/** Bytes below which a disk counts as full: a program that starts has to write something. */
const minFreeBytes = 1024 * 1024;

/** Whether the disk of `root` has space. Programs of the host that fail for want of it seldom say so. */
export function hasSpace(root: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize >= minFreeBytes;
  } catch {
    return true;
  }
}
