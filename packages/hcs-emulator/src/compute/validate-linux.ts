import path from "node:path";
import { HCS, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import { exists } from "../layers/layer-folder.ts";
import type { LinuxTools } from "../linux/linux-tools.ts";
import type { ContainerDocument } from "./documents.ts";

/**
 * What HCS refuses of the document of a Linux container: its virtual machine must be able to boot, though here nothing boots
 * and its programs run on the host's own kernel.
 * @param tools what the host runs Linux containers with, or why it cannot
 * @throws HresultFailure
 */
export async function validateLinux(document: ContainerDocument, tools: LinuxTools | string): Promise<void> {
  if (!document.HvPartition)
    throw new HresultFailure(HCS.INVALID_JSON, "HvPartition must be true: a Linux container needs a virtual machine");
  await validateBoot(document);
  for (const { Path } of document.Layers) {
    if (!exists(Path)) throw new HresultFailure(HCS.INVALID_LAYER, `the layer ${Path} does not exist`);
  }
  if (!exists(document.LayerFolderPath)) {
    throw new HresultFailure(HCS.INVALID_LAYER, `LayerFolderPath ${document.LayerFolderPath} does not exist`);
  }
  for (const { HostPath } of document.MappedDirectories) {
    if (!exists(HostPath)) throw missing(`the folder '${HostPath}'`);
  }
  if (typeof tools === "string") {
    throw new HresultFailure(hresultFromWin32(WIN32.NOT_SUPPORTED), `Linux containers cannot be run here: ${tools}`);
  }
}

async function validateBoot({ HvRuntime: runtime }: ContainerDocument): Promise<void> {
  if (runtime === undefined || runtime.ImagePath === "") {
    throw new HresultFailure(HCS.INVALID_JSON, "HvRuntime.ImagePath is missing: a Linux container needs a utility VM");
  }
  if (runtime.BootSource !== "" && runtime.BootSource !== "Vhd") {
    throw new HresultFailure(HCS.INVALID_JSON, `HvRuntime.BootSource is '${runtime.BootSource}'; it can only be 'Vhd'`);
  }
  if (runtime.BootSource === "Vhd") {
    if (!exists(runtime.ImagePath)) throw missing(`the disk ${runtime.ImagePath}`);
    return;
  }
  if (runtime.LinuxKernelFile === "") throw new HresultFailure(HCS.INVALID_JSON, "HvRuntime has neither LinuxKernelFile nor BootSource");
  for (const name of [runtime.LinuxKernelFile, runtime.LinuxInitrdFile]) {
    const file = path.join(runtime.ImagePath, name);
    if (!exists(file)) throw missing(`the utility VM's file ${file}`);
  }
}

function missing(what: string): HresultFailure {
  return new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `${what} does not exist`);
}
