import { lstatSync } from "node:fs";

/** Looked at once: a thread would take longer to be asked. What cannot be looked at is not there. */
export function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
