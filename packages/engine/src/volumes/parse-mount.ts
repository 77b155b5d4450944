import { InvalidArgumentError, type MountConfig } from "@oriel/contracts";
import { isPipePath } from "@oriel/oci-spec";
import { destinationOf, isDestination, isHostPath, isSystemDrive, sourceOf } from "./mount-paths.ts";
import type { AskedMount, AskedVolume } from "./mount-point.ts";
import { isReservedName, reservedName, volumeNameOf } from "./volume-name.ts";

/** `VolumeOptions` of Docker's API. */
interface VolumeOptions {
  readonly NoCopy?: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly DriverConfig?: { readonly Name?: string; readonly Options?: Readonly<Record<string, string>> | null } | null;
  readonly Subpath?: string;
}

/**
 * Reads an entry of `Mounts`, by the rules that dockerd has for Windows containers.
 * @throws InvalidArgumentError in dockerd's words
 */
export function parseMount(mount: MountConfig): AskedMount {
  const { Type: type, Source: source = "", Target: target, ReadOnly: readOnly = false } = mount;
  const refuse = (why: string): never => {
    throw new InvalidArgumentError(`invalid mount config for type ${JSON.stringify(type)}: ${why}`, {
      op: "container.create",
      resource: target,
    });
  };
  const isGiven = (field: "BindOptions" | "VolumeOptions"): boolean => mount[field] !== undefined && mount[field] !== null;
  const refuseField = (field: string): never => refuse(`field ${field} must not be specified`);
  if (target === "") refuse("field Target must not be empty");
  if (isSystemDrive(target)) {
    refuse(`destination path cannot be \`c:\` or \`c:\\\`: ${target.replaceAll("/", "\\").toLowerCase()}`);
  }
  if (!isDestination(target)) refuse(`invalid mount path: '${target}'`);
  const destination = destinationOf(target);
  switch (type) {
    case "bind":
      if (source === "") refuse("field Source must not be empty");
      if (isGiven("VolumeOptions")) refuseField("VolumeOptions");
      if (!isHostPath(source)) refuse(`invalid mount path: '${source}' mount path must be absolute`);
      if (isPipePath(destination)) refuse("a folder cannot be mounted at a pipe");
      return { type, source: sourceOf(source), destination, readOnly };
    case "npipe":
      if (source === "") refuse("field Source must not be empty");
      if (isGiven("BindOptions")) refuseField("BindOptions");
      if (readOnly) refuseField("ReadOnly");
      for (const path of [source, target]) if (!isPipePath(path)) refuse(`'${path}' is not a valid pipe path`);
      return { type, source: sourceOf(source), destination, readOnly };
    case "volume": {
      if (isGiven("BindOptions")) refuseField("BindOptions");
      if (isPipePath(destination)) refuse("a folder cannot be mounted at a pipe");
      const options = (mount.VolumeOptions ?? {}) as VolumeOptions;
      const subpath = options.Subpath ?? "";
      if (subpath !== "" && source === "") refuse("must not set Subpath when using anonymous volumes");
      if (!isWithin(subpath)) refuse("subpath must be a relative path within the volume");
      if (source === "" && readOnly) refuse("must not set ReadOnly mode when using anonymous volumes");
      if (/[\\/:*?"<>|\r\n]/.test(source)) refuse("invalid volume name");
      if (isReservedName(source)) refuse(reservedName(source));
      return { type, source: "", destination, readOnly, volume: askedVolume(source, options) };
    }
    default:
      return refuse("mount type unknown");
  }
}

function askedVolume(source: string, { NoCopy, Labels, DriverConfig, Subpath }: VolumeOptions): AskedVolume {
  return {
    name: volumeNameOf(source),
    ...(NoCopy === true ? { noCopy: true } : {}),
    ...(Labels === undefined || Labels === null ? {} : { labels: Labels }),
    ...(DriverConfig?.Name ? { driver: DriverConfig.Name } : {}),
    ...(DriverConfig?.Options ? { driverOptions: DriverConfig.Options } : {}),
    ...(Subpath ? { subpath: Subpath } : {}),
  };
}

/** Whether a path stays in the folder that it begins in, on Windows as here. */
function isWithin(subpath: string): boolean {
  if (subpath === "") return true;
  return !/^[\\/]|:/.test(subpath) && !subpath.split(/[\\/]+/).includes("..");
}
