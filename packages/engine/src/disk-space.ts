import { statfsSync } from "node:fs";
import { isDiskFull } from "@oriel/core";

/** Bytes below which a disk counts as full: a program that starts has to write something. */
const minFreeBytes = 1024 * 1024;

/** Whether something failed for want of space on the disk of `root`. Programs of the host seldom say so themselves. */
export function isForWantOfSpace(root: string, error: unknown): boolean {
  if (isDiskFull(error)) return true;
  try {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize < minFreeBytes;
  } catch {
    return false;
  }
}
