import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { encodeEmptyHive, filetimeFromUnixNanoseconds } from "@oriel/backup-stream";
import { FailedPreconditionError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";

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
  // Few and small files: made at once, as to wait for a thread takes longer. NTFS does not tell cases apart.
  const there = new Set(readdirSync(folder).map((name) => name.toUpperCase()));
  const has = (name: string): boolean => there.has(name.toUpperCase());
  for (const name of processed.filter(has)) await rm(path.join(folder, name), { recursive: true, force: true });
  const config = path.join(folder, "Files", configFolder);
  mkdirSync(config, { recursive: true });
  const empty = encodeEmptyHive("ROOT", filetimeFromUnixNanoseconds(BigInt(Date.now()) * 1_000_000n));
  for (const hive of hives) ensureFile(path.join(config, hive), empty);
  const utilityVm = path.join(folder, "UtilityVM");
  const hasUtilityVm = has("UtilityVM");
  if (hasUtilityVm && lstatSync(path.join(folder, bootStore), { throwIfNoEntry: false })?.isFile() !== true) {
    throw new FailedPreconditionError(`the utility VM has no boot store: ${bootStore} must be a file`, {
      op: "snapshot.commit",
      resource: folder,
    });
  }
  await host.processBaseImage(folder);
  if (hasUtilityVm) await host.processUtilityImage(utilityVm);
}

/** One that is there stays as it is. */
function ensureFile(file: string, content: Uint8Array): void {
  try {
    writeFileSync(file, content, { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
