import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, openSync } from "node:fs";

/**
 * Sets the mode of the file that `stats` were read from. chmod(2) would follow a link that a program in the container has
 * put in its place meanwhile.
 * @throws Error with the code ELOOP for a link, EBUSY for another file
 */
export function setMode(file: string, { dev, ino }: BigIntStats, mode: number): void {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor, { bigint: true });
    if (found.dev !== dev || found.ino !== ino) throw Object.assign(new Error(`${file} has become another file`), { code: "EBUSY" });
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}
