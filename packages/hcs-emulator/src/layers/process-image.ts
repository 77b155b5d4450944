import { linkSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { sameName } from "../files/case-insensitive.ts";
import { HresultFailure } from "../host/answers.ts";
import { defaultSandboxSize, type EmulatedDisk, exists, filesOf, layerNames } from "./layer-folder.ts";

/** The hives of a base image and the names of their links in `Hives`. */
const hives: readonly (readonly [hive: string, base: string])[] = [
  ["DEFAULT", "DefaultUser_Base"],
  ["SAM", "Sam_Base"],
  ["SECURITY", "Security_Base"],
  ["SOFTWARE", "Software_Base"],
  ["SYSTEM", "System_Base"],
];

/** Finishes an extracted base layer: links to its hives, blank disks, the marker that there is a layout. Synchronous. */
export function processBaseImage(layer: string): void {
  requireFolder(filesOf(layer));
  const folder = path.join(layer, layerNames.hives);
  mkdirSync(folder, { recursive: true });
  for (const [hive, base] of hives) {
    const source = findPath(filesOf(layer), ["Windows", "System32", "config", hive]);
    if (source === undefined) continue;
    link(source, path.join(folder, base));
  }
  writeDisk(path.join(layer, layerNames.blankBase), { emulatedDisk: 1, size: defaultSandboxSize });
  writeDisk(path.join(layer, layerNames.blank), { emulatedDisk: 1, size: defaultSandboxSize, parent: layerNames.blankBase });
  writePrivate(path.join(layer, layerNames.layout), "vhd-with-hives\n");
}

/** Finishes an extracted utility VM: its system disk and the template of the disks that its machines boot from. Synchronous. */
export function processUtilityImage(utilityVm: string): void {
  requireFolder(filesOf(utilityVm));
  const base = "SystemTemplateBase.vhdx";
  writeDisk(path.join(utilityVm, base), { emulatedDisk: 1, size: defaultSandboxSize });
  writeDisk(path.join(utilityVm, "SystemTemplate.vhdx"), { emulatedDisk: 1, size: defaultSandboxSize, parent: base });
}

/** In the place of what is there. */
function link(existing: string, file: string): void {
  try {
    linkSync(existing, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    rmSync(file);
    linkSync(existing, file);
  }
}

function writeDisk(file: string, disk: EmulatedDisk): void {
  writePrivate(file, `${JSON.stringify(disk)}\n`);
}

/**
 * Neither brought to the disk nor made under another name first: an image that was cut short is no layer, and whoever has
 * it made brings all of it to the disk before it counts.
 */
function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}

/** The path below `folder` that these names lead to, whatever their case; undefined where it ends before the last. */
function findPath(folder: string, names: readonly string[]): string | undefined {
  let at = folder;
  for (const name of names) {
    const found = exists(path.join(at, name)) ? name : namesIn(at).find((entry) => sameName(entry, name));
    if (found === undefined) return undefined;
    at = path.join(at, found);
  }
  return at;
}

function namesIn(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}

function requireFolder(folder: string): void {
  if (!exists(folder)) throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `${folder} is not there`);
}
