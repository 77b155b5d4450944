import { lstat, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { FailedPreconditionError } from "@oriel/core";
import type { HostLayers } from "@oriel/hcs-bindings";
import { emptyHive } from "./empty-hive.ts";

const configFolder = path.join("Windows", "System32", "config");
const hives = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];
const bootStore = path.join("UtilityVM", "Files", "EFI", "Microsoft", "Boot", "BCD");

/** What ProcessBaseImage makes beside `Files`; it refuses a layer that has it. */
const processed = ["Hives", "layout", "blank-base.vhdx", "blank.vhdx"];

/**
 * Makes a base layer, which others can stand on, of a folder with `Files` in it. Hives that are missing are made, empty:
 * Windows lays those of later layers over them. Can be repeated when it was cut short.
 *
 * @throws FailedPreconditionError when there is a utility VM without a boot store.
 */
export async function convertToBaseLayer(host: HostLayers, folder: string): Promise<void> {
  // Looked at once: of a new folder there is nothing to delete. NTFS does not tell cases apart.
  const there = new Set((await readdir(folder)).map((name) => name.toUpperCase()));
  const has = (name: string): boolean => there.has(name.toUpperCase());
  for (const name of processed.filter(has)) await rm(path.join(folder, name), { recursive: true, force: true });
  const config = path.join(folder, "Files", configFolder);
  await mkdir(config, { recursive: true });
  await Promise.all(hives.map((hive) => ensureHive(path.join(config, hive))));
  const utilityVm = path.join(folder, "UtilityVM");
  const hasUtilityVm = has("UtilityVM");
  if (hasUtilityVm && (await statOf(path.join(folder, bootStore)))?.isFile() !== true) {
    throw new FailedPreconditionError(`the utility VM has no boot store: ${bootStore} must be a file`, {
      op: "snapshot.commit",
      resource: folder,
    });
  }
  await host.processBaseImage(folder);
  if (hasUtilityVm) await host.processUtilityImage(utilityVm);
}

async function ensureHive(file: string): Promise<void> {
  try {
    await writeFile(file, emptyHive(BigInt(Date.now()) * 1_000_000n), { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

async function statOf(file: string) {
  return lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
