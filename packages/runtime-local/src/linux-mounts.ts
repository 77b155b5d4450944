import path from "node:path";
import type { MountSpec } from "@oriel/contracts";
import type { MappedDirectory } from "@oriel/hcs-bindings";
import { invalidSpec } from "./invalid-spec.ts";

/** Windows 10 1803: the first build that keeps Linux owners and modes in folders that it shares with a utility VM. */
const firstBuildWithLinuxMetadata = 17134;

export interface LinuxMounts {
  /** Folders of the host that the utility VM gets to see. */
  readonly directories: MappedDirectory[];
  /** The mounts of the container, with the paths that they have in the utility VM. */
  readonly mounts: MountSpec[];
}

/**
 * Parts what of the mounts concerns the utility VM from what concerns the container in it. A folder of the host is shared with
 * the utility VM below the path that the mount's option `uvmpath` names, and bound from there into the container.
 * @throws InvalidArgumentError naming the mount
 */
export function linuxMounts(mounts: readonly MountSpec[], osBuild: number): LinuxMounts {
  const directories: MappedDirectory[] = [];
  const translated = mounts.map((mount) => {
    if (mount.type !== "bind") return mount;
    const { destination, source } = mount;
    const where = `mount of ${destination}`;
    if (source === undefined || source === "") throw invalidSpec(where, "source is missing");
    const { utilityVmPath, readOnly, options } = bindOptions(mount.options ?? [], where);
    // A destination must not lead out of the folder that is there for it.
    if (!destination.startsWith("/") || destination.split("/").includes("..") || path.posix.normalize(destination) === "/") {
      throw invalidSpec(where, "the destination must be an absolute path below the root, without '..'");
    }
    const inUtilityVm = path.posix.join(utilityVmPath, destination);
    directories.push({
      HostPath: source,
      ContainerPath: inUtilityVm,
      ReadOnly: readOnly,
      BandwidthMaximum: 0,
      IOPSMaximum: 0,
      CreateInUtilityVM: true,
      ...(osBuild >= firstBuildWithLinuxMetadata ? { LinuxMetadata: true } : {}),
    });
    return { ...mount, source: inUtilityVm, options };
  });
  return { directories, mounts: translated };
}

function bindOptions(given: readonly string[], where: string) {
  let utilityVmPath = "";
  let readOnly = false;
  const options: string[] = [];
  for (const option of given) {
    if (option.startsWith("uvmpath=")) {
      utilityVmPath = path.posix.normalize(option.slice("uvmpath=".length));
      continue;
    }
    if (!["rw", "ro", "bind", "rbind"].includes(option)) {
      throw invalidSpec(where, `unknown option '${option}'`, "Options are ro, rw, rbind and uvmpath=<folder in the utility VM>.");
    }
    if (option === "ro") readOnly = true;
    options.push(option);
  }
  if (!utilityVmPath.startsWith("/")) {
    throw invalidSpec(where, "the option uvmpath=<folder in the utility VM> is missing, or no absolute path of Linux");
  }
  return { utilityVmPath, readOnly, options };
}
