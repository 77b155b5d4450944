import { constants } from "node:fs";
import { access, copyFile, mkdir, open } from "node:fs/promises";
import path from "node:path";
import { FailedPreconditionError } from "@oriel/core";
import type { HostLayers } from "@oriel/hcs-bindings";
import type { ScratchWishes } from "./scratch-labels.ts";

/** Windows' name for the disk of a scratch. */
export const scratchDisk = "sandbox.vhdx";

export interface ScratchRequest extends ScratchWishes {
  /** The snapshot's folder, which is there and empty. */
  readonly folder: string;
  /** Folder of the base layer, whose blank disks are the templates. */
  readonly base: string;
}

/** Makes the disk of a scratch, and that of a utility VM where one is wanted. @throws FailedPreconditionError without a template. */
export async function makeScratch(host: HostLayers, { folder, base, size, utilityVm }: ScratchRequest): Promise<void> {
  if (utilityVm) {
    // In a folder of its own, as it would otherwise have the name of the container's.
    await mkdir(path.join(folder, "vm"));
    await cloneTemplate(path.join(base, "UtilityVM", "SystemTemplate.vhdx"), path.join(folder, "vm", scratchDisk));
  }
  await cloneTemplate(path.join(base, "blank.vhdx"), path.join(folder, scratchDisk));
  if (size !== undefined) await host.expandSandboxSize(folder, size);
}

/** Never opens the template for writing, and never replaces a disk: blocks are shared where the file system can. */
async function cloneTemplate(template: string, disk: string): Promise<void> {
  try {
    await access(template, constants.R_OK);
  } catch (cause) {
    throw new FailedPreconditionError(`the base layer has no template ${path.basename(template)} at ${template}`, {
      op: "snapshot.prepare",
      resource: template,
      remedy: "Pull the image again: its base layer was not unpacked to the end, or has no utility VM.",
      cause,
    });
  }
  await copyFile(template, disk, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const handle = await open(disk, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
