import { accessSync, constants, copyFileSync, mkdirSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { FailedPreconditionError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import type { ScratchWishes } from "./scratch-labels.ts";

/** Windows' name for the disk of a scratch. */
export const scratchDisk = "sandbox.vhdx";

/** Bytes of a template up to which it is copied at once: an emulated disk, which is a document. */
const SMALL = 64 * 1024;

export interface ScratchRequest extends ScratchWishes {
  /** The snapshot's folder, which is there and empty. */
  readonly folder: string;
  /** Folder of the base layer, whose blank disks are the templates. */
  readonly base: string;
}

/**
 * Makes the disk of a scratch, and that of a utility VM where one is wanted. To bring them to the disk is the caller's.
 * @throws FailedPreconditionError without a template.
 */
export async function makeScratch(host: HostLayers, { folder, base, size, utilityVm }: ScratchRequest): Promise<void> {
  if (utilityVm) {
    // In a folder of its own, as it would otherwise have the name of the container's.
    mkdirSync(path.join(folder, "vm"));
    const disk = path.join(folder, "vm", scratchDisk);
    await cloneTemplate(path.join(base, "UtilityVM", "SystemTemplate.vhdx"), disk);
  }
  const disk = path.join(folder, scratchDisk);
  await cloneTemplate(path.join(base, "blank.vhdx"), disk);
  if (size !== undefined) await host.expandSandboxSize(folder, size);
}

/** Never opens the template for writing, and never replaces a disk: blocks are shared where the file system can. */
async function cloneTemplate(template: string, disk: string): Promise<void> {
  const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
  if (sizeOf(template) <= SMALL) copyFileSync(template, disk, mode);
  else await copyFile(template, disk, mode);
}

function sizeOf(template: string): number {
  try {
    accessSync(template, constants.R_OK);
    return statSync(template).size;
  } catch (cause) {
    throw new FailedPreconditionError(`the base layer has no template ${path.basename(template)} at ${template}`, {
      op: "snapshot.prepare",
      resource: template,
      remedy: "Pull the image again: its base layer was not unpacked to the end, or has no utility VM.",
      cause,
    });
  }
}
