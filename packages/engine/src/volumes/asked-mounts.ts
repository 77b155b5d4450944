import { stat } from "node:fs/promises";
import { type ContainerConfig, type HostConfig, InvalidArgumentError, isOrielError } from "@oriel/contracts";
import { windowsPlace } from "@oriel/oci-spec";
import type { MountPoint } from "../engine-api.ts";
import type { AskedMount } from "./mount-point.ts";
import { parseBind } from "./parse-bind.ts";
import { parseMount } from "./parse-mount.ts";

const op = "container.create";

/**
 * What a container asks for by its `Binds` and `Mounts`.
 * @throws InvalidArgumentError, in dockerd's words, for a malformed one and for two at one place
 */
export function askedMountsOf(hostConfig: HostConfig, volumeDriver?: string): AskedMount[] {
  const taken = new Set<string>();
  const claim = (mount: AskedMount, shown: string): AskedMount => {
    const place = windowsPlace(mount.destination);
    if (taken.has(place)) throw new InvalidArgumentError(`Duplicate mount point: ${shown}`, { op, resource: shown });
    taken.add(place);
    return mount;
  };
  const binds = (hostConfig.Binds ?? []).map((bind) => parseBind(bind, volumeDriver)).map((mount) => claim(mount, mount.destination));
  const mounts = (hostConfig.Mounts ?? []).map((mount) => claim(parseMount(mount), mount.Target));
  return [...binds, ...mounts];
}

/**
 * The volumes that a container has by its configuration and its image: nobody has named them.
 * @throws InvalidArgumentError in dockerd's words
 */
export function configVolumesOf(volumes: ContainerConfig["Volumes"]): AskedMount[] {
  return Object.keys(volumes ?? {}).map((place) => {
    try {
      const mount = parseBind(place);
      if (mount.volume?.name === "") return mount;
    } catch (error) {
      if (!isOrielError(error)) throw error;
      throw new InvalidArgumentError(`Unrecognised volume spec: ${error.message}`, { op, resource: place, cause: error });
    }
    throw new InvalidArgumentError(`Unrecognised volume spec: invalid volume specification: '${place}'`, {
      op,
      resource: place,
      remedy: "a volume of a configuration is a place in the container, such as C:\\data",
    });
  });
}

/** @throws InvalidArgumentError for a folder of the host that is not there */
export async function assertMountSources(
  mounts: readonly (Pick<MountPoint, "type" | "source"> & { readonly given?: string })[],
): Promise<void> {
  for (const { type, source, given } of mounts) {
    if (type !== "bind") continue;
    const found = await stat(source).catch(() => undefined);
    if (found?.isDirectory() === true) continue;
    const why = found === undefined ? `bind source path does not exist: ${source}` : "source path must be a directory";
    const prefix = given === undefined ? "" : `invalid volume specification: '${given}': `;
    throw new InvalidArgumentError(`${prefix}invalid mount config for type "bind": ${why}`, { op, resource: source });
  }
}
