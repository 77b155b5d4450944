import { type ContainerConfig, type HostConfig, InvalidArgumentError, isOrielError } from "@oriel/contracts";
import { windowsPlace } from "@oriel/oci-spec";
import type { Container } from "../containers/container.ts";
import type { MountPoint } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { askedMountsOf, configVolumesOf } from "./asked-mounts.ts";
import { newVolumeName } from "./create-volume.ts";
import { type AskedMount, type AskedVolume, inOrder } from "./mount-point.ts";
import { checkVolumeName } from "./volume-name.ts";

const op = "container.create";

export interface ResolvedMounts {
  readonly mounts: readonly MountPoint[];
  /** Volumes that are to be there, by their names. */
  readonly volumes: ReadonlyMap<string, AskedVolume>;
}

interface MountOptions {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
}

/**
 * The mounts of a new container: those of other containers, then its own, then the volumes of its configuration and image where
 * nothing else is. Each takes the place of what was there before it. Waits for nothing: what other containers have is theirs as
 * long as the new one's row is written in the same step.
 * @throws InvalidArgumentError in dockerd's words; NotFoundError for a volume of another container that is gone
 */
export function resolveMounts({ registry, volumes: known }: EngineContext, { config, hostConfig }: MountOptions): ResolvedMounts {
  const byPlace = new Map<string, MountPoint>();
  const volumes = new Map<string, AskedVolume>();
  for (const mount of (hostConfig.VolumesFrom ?? []).flatMap((from) => mountsFrom(from, (ref) => findContainer(registry, ref)))) {
    if (mount.volume !== undefined) known.get(mount.volume.name);
    byPlace.set(windowsPlace(mount.destination), mount);
  }
  const add = (asked: AskedMount): void => {
    if (asked.volume !== undefined && asked.volume.name !== "") checkVolumeName(asked.volume.name);
    const mount = named(asked);
    if (asked.volume !== undefined && mount.volume !== undefined) volumes.set(mount.volume.name, asked.volume);
    byPlace.set(windowsPlace(mount.destination), mount);
  };
  for (const asked of askedMountsOf(hostConfig, hostConfig.VolumeDriver)) add(asked);
  for (const asked of configVolumesOf(config.Volumes)) {
    const volume = { name: "", ...(hostConfig.VolumeDriver ? { driver: hostConfig.VolumeDriver } : {}) };
    if (!byPlace.has(windowsPlace(asked.destination))) add({ ...asked, volume });
  }
  return { mounts: inOrder([...byPlace.values()]), volumes };
}

/** `container[:ro|rw]` */
function mountsFrom(spec: string, find: (ref: string) => Container): MountPoint[] {
  if (spec === "") throw new InvalidArgumentError("volumes-from specification cannot be an empty string", { op });
  const colon = spec.indexOf(":");
  const [ref, mode] = colon < 0 ? [spec, ""] : [spec.slice(0, colon), spec.slice(colon + 1)];
  if (!/^(?:|ro|rw)$/i.test(mode)) throw new InvalidArgumentError(`invalid mode: ${mode}`, { op, resource: spec });
  const isReadOnly = mode.toLowerCase() === "ro";
  return find(ref).data.mounts.map(({ volume, ...mount }) => ({
    ...mount,
    readOnly: mount.readOnly || isReadOnly,
    // What the image has is in it, or was not wanted.
    ...(volume === undefined ? {} : { volume: { ...volume, noCopy: true } }),
  }));
}

/** A container that is missing is a fault of the option: as a missing object it would make docker pull the image. */
function findContainer(registry: EngineContext["registry"], ref: string): Container {
  try {
    return registry.get(ref);
  } catch (error) {
    if (!isOrielError(error, "NotFound")) throw error;
    throw new InvalidArgumentError(error.message, { op, resource: ref, cause: error });
  }
}

function named({ type, source, destination, readOnly, volume }: AskedMount): MountPoint {
  if (volume === undefined) return { type, source, destination, readOnly };
  const { name, noCopy, subpath } = volume;
  return {
    type,
    source,
    destination,
    readOnly,
    volume: {
      name: name === "" ? newVolumeName() : name,
      ...(name === "" ? { isAnonymous: true } : {}),
      ...(noCopy === true ? { noCopy } : {}),
      ...(subpath === undefined ? {} : { subpath }),
    },
  };
}
