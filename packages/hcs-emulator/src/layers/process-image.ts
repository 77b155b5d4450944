import { link, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/core";
import { findPath } from "../files/case-insensitive.ts";
import { HresultFailure } from "../host/answers.ts";
import { defaultSandboxSize, exists, filesOf, layerNames, writeLayerDisk, writeLayerFile } from "./layer-folder.ts";

/** The hives of a base image and the names of their links in `Hives`. */
const hives: readonly (readonly [hive: string, base: string])[] = [
  ["DEFAULT", "DefaultUser_Base"],
  ["SAM", "Sam_Base"],
  ["SECURITY", "Security_Base"],
  ["SOFTWARE", "Software_Base"],
  ["SYSTEM", "System_Base"],
];

/** Finishes an extracted base layer: links to its hives, blank disks, the marker that there is a layout. */
export async function processBaseImage(layer: string): Promise<void> {
  await requireFolder(filesOf(layer));
  const folder = path.join(layer, layerNames.hives);
  await mkdir(folder, { recursive: true });
  for (const [hive, base] of hives) {
    const source = await findPath(filesOf(layer), ["Windows", "System32", "config", hive]);
    if (source === undefined) continue;
    await rm(path.join(folder, base), { force: true });
    await link(source, path.join(folder, base));
  }
  await writeLayerDisk(path.join(layer, layerNames.blankBase), { emulatedDisk: 1, size: defaultSandboxSize });
  await writeLayerDisk(path.join(layer, layerNames.blank), { emulatedDisk: 1, size: defaultSandboxSize, parent: layerNames.blankBase });
  await writeLayerFile(path.join(layer, layerNames.layout), "vhd-with-hives\n");
}

/** Finishes an extracted utility VM: its system disk and the template of the disks that its machines boot from. */
export async function processUtilityImage(utilityVm: string): Promise<void> {
  await requireFolder(filesOf(utilityVm));
  const base = "SystemTemplateBase.vhdx";
  await writeLayerDisk(path.join(utilityVm, base), { emulatedDisk: 1, size: defaultSandboxSize });
  await writeLayerDisk(path.join(utilityVm, "SystemTemplate.vhdx"), { emulatedDisk: 1, size: defaultSandboxSize, parent: base });
}

async function requireFolder(folder: string): Promise<void> {
  if (!(await exists(folder))) throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `${folder} is not there`);
}
