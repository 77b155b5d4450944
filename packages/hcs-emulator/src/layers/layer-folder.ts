import { existsSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
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
  readonly parent?: string;
}

/** Size of the disk that Windows makes for a scratch. */
export const defaultSandboxSize = 20 * 1024 ** 3;

export async function writeDisk(file: string, disk: EmulatedDisk, flag: "wx" | "w" = "w"): Promise<void> {
  await writeWhole(file, `${JSON.stringify(disk)}\n`, flag);
}

export async function readDisk(file: string): Promise<EmulatedDisk | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as EmulatedDisk);
}

/** Writes a file so that it is there whole or not at all. `wx` refuses to replace one. */
export async function writeWhole(file: string, text: string, flag: "wx" | "w" = "w"): Promise<void> {
  if (flag === "wx" && exists(file)) throw Object.assign(new Error(`${file} exists`), { code: "EEXIST" });
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
