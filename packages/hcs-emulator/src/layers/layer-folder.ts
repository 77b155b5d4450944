import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Names inside a layer's folder. `Files`, `Hives`, `UtilityVM`, `sandbox.vhdx`, … are Windows' own; what only the
 * emulator needs is below `.oriel`, which a Windows host would ignore.
 */
export const layerNames = {
  files: "Files",
  hives: "Hives",
  utilityVm: "UtilityVM",
  sandbox: "sandbox.vhdx",
  layout: "layout",
  blankBase: "blank-base.vhdx",
  blank: "blank.vhdx",
  own: ".oriel",
} as const;

export function filesOf(layer: string): string {
  return path.join(layer, layerNames.files);
}

export function ownFolderOf(layer: string): string {
  return path.join(layer, layerNames.own);
}

/** Asked at once: to wait for a thread of Node.js takes twenty times as long as the answer. */
export function exists(file: string): boolean {
  return existsSync(file);
}

/** What stands in an emulated virtual disk: no blocks, as the contents are folders beside it. */
export interface EmulatedDisk {
  readonly emulatedDisk: 1;
  /** Bytes that the disk would have. */
  readonly size: number;
  readonly parent?: string | undefined;
}

/** Size of the disk that Windows makes for a scratch. */
export const defaultSandboxSize = 20 * 1024 ** 3;

/**
 * Writes a disk so that it is there whole or not at all, and at once: it is short. Who has it made brings it to the disk.
 * @throws Error EEXIST
 */
export function writeDisk(file: string, disk: EmulatedDisk, flag: "wx" | "w" = "w"): void {
  if (flag === "wx" && exists(file)) throw Object.assign(new Error(`${file} exists`), { code: "EEXIST" });
  writeFileSync(`${file}.new`, `${JSON.stringify(disk)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** undefined where there is none. */
export function readDisk(file: string): EmulatedDisk | undefined {
  return exists(file) ? (JSON.parse(readFileSync(file, "utf8")) as EmulatedDisk) : undefined;
}

/** Writes a file so that it is there whole or not at all, also after a power failure. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode: 0o600, flush: true });
  await rename(temporary, file);
}
