import { FailedPreconditionError, type MountSpec } from "@oriel/contracts";
import type { MappedDirectory, MappedPipe } from "@oriel/hcs-bindings";
import { canonicalPipePath, isPipePath } from "@oriel/oci-spec";
import { invalidSpec } from "./invalid-spec.ts";

/** Windows 10 1709: the first build whose containers can have pipes of the host. */
const firstBuildWithPipes = 16299;

const canonicalPrefix = "\\\\.\\pipe\\";

export interface MappedMounts {
  readonly directories: MappedDirectory[];
  readonly pipes: MappedPipe[];
}

/**
 * Parts the mounts of a spec into what HCS calls mapped directories and mapped pipes.
 * @throws InvalidArgumentError naming the mount; FailedPreconditionError for a pipe on a Windows that is too old.
 */
export function mappedMounts(mounts: readonly MountSpec[], osBuild: number): MappedMounts {
  const directories: MappedDirectory[] = [];
  const pipes: MappedPipe[] = [];
  for (const mount of mounts) {
    const { destination, source, type } = mount;
    const where = `mount of ${destination}`;
    if (type !== undefined && type !== "") throw invalidSpec(where, `type '${type}' must not be set on Windows`);
    if (source === undefined || source === "") throw invalidSpec(where, "source is missing");
    const readOnly = isReadOnly(mount.options ?? [], where);
    if (!isPipePath(destination)) {
      directories.push({
        HostPath: source,
        ContainerPath: destination,
        ReadOnly: readOnly,
        BandwidthMaximum: 0,
        IOPSMaximum: 0,
        CreateInUtilityVM: false,
      });
      continue;
    }
    if (osBuild < firstBuildWithPipes) {
      throw new FailedPreconditionError(`${where}: named pipe mounts need Windows build ${firstBuildWithPipes}, this is ${osBuild}`, {
        op: "container.create",
      });
    }
    const name = canonicalPipePath(destination).slice(canonicalPrefix.length);
    if (name === "") throw invalidSpec(where, "the pipe has no name");
    pipes.push({ HostPath: source, ContainerPipeName: name });
  }
  return { directories, pipes };
}

function isReadOnly(options: readonly string[], where: string): boolean {
  let readOnly = false;
  for (const option of options) {
    const folded = option.toLowerCase();
    if (folded === "ro") readOnly = true;
    else if (!["rw", "bind", "rbind"].includes(folded)) throw invalidSpec(where, `unknown option '${option}'`, "Options are ro and rw.");
  }
  return readOnly;
}
