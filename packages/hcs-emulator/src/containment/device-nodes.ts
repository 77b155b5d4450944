import { closeSync, constants, mkdirSync, openSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { makeDevice } from "../native/make-device.ts";

/** Character devices by their numbers (Documentation/admin-guide/devices.txt of the kernel). */
const devices = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9] } as const;
const links = { fd: "/proc/self/fd", stdin: "/proc/self/fd/0", stdout: "/proc/self/fd/1", stderr: "/proc/self/fd/2" } as const;

/**
 * Makes a folder for a container's /dev: nodes of its own, so that nothing that is done to them is done to the host's.
 * @returns whether they can be used: not on a file system that is mounted without devices
 */
export function makeDeviceFolder(folder: string): boolean {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  try {
    for (const [name, [major, minor]] of Object.entries(devices)) makeDevice(path.join(folder, name), 0o666, major, minor);
    for (const [name, target] of Object.entries(links)) symlinkSync(target, path.join(folder, name));
    closeSync(openSync(path.join(folder, "null"), constants.O_RDWR));
    return true;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return false;
  }
}
