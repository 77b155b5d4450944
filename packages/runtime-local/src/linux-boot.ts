import type { HvRuntime } from "@oriel/hcs-bindings";
import { invalidSpec } from "./invalid-spec.ts";
import { joinLayerPath } from "./layer-path.ts";

/** What the utility VM of a Linux container boots from. */
export interface LinuxUtilityVm {
  /** Folder of its files. @default C:\Program Files\Linux Containers */
  readonly folder?: string;
  /** A root disk that boots by itself, in that folder. Where it is there it goes before kernel and initrd. @default uvm.vhdx */
  readonly diskFile?: string;
  /** @default kernel */
  readonly kernelFile?: string;
  /** @default initrd.img */
  readonly initrdFile?: string;
  /** Further words for the kernel's command line. */
  readonly bootParameters?: string;
}

/**
 * How the utility VM of a Linux container boots: from its disk, or from a kernel with its initial RAM disk.
 * @param specFolder The folder that the container's own spec names, if it does.
 * @throws InvalidArgumentError when neither is there
 */
export async function linuxBoot(
  specFolder: string | undefined,
  host: LinuxUtilityVm,
  exists: (path: string) => Promise<boolean>,
): Promise<HvRuntime> {
  const { diskFile = "uvm.vhdx", kernelFile = "kernel", initrdFile = "initrd.img", bootParameters } = host;
  const folder = specFolder || host.folder || "C:\\Program Files\\Linux Containers";
  const disk = joinLayerPath(folder, diskFile);
  if (await exists(disk)) return { ImagePath: disk, BootSource: "Vhd" };
  for (const file of [kernelFile, initrdFile]) {
    if (await exists(joinLayerPath(folder, file))) continue;
    throw invalidSpec(
      "linux",
      `its utility VM cannot boot: ${folder} has neither ${diskFile} nor both ${kernelFile} and ${initrdFile}`,
      "Put the files of a Linux utility VM there, or name their folder in windows.hyperv.utilityVMPath.",
    );
  }
  return {
    ImagePath: folder,
    LinuxInitrdFile: initrdFile,
    LinuxKernelFile: kernelFile,
    ...(bootParameters ? { LinuxBootParameters: bootParameters } : {}),
  };
}
