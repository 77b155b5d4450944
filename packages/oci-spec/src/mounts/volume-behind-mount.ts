import { invalidOption } from "../invalid-option.ts";

/** The stream of a mount point in which containerd keeps the layer folder that is mounted there. */
export const mountSourceStream = "containerd.io-source";

/** What is looked up to find the volume behind a folder that the snapshotter mounted. */
export interface MountLookups {
  /** Text of the stream `<path>:<stream>`; undefined when there is none. */
  readStream(path: string, stream: string): Promise<string | undefined>;
  /** Volume path of an activated layer: what `GetLayerMountPath` answers. */
  layerVolumePath(layerFolder: string): Promise<string>;
}

/**
 * The volume path of the layer that is mounted at `mountPoint`. A snapshotter mounts a container's files as a folder of
 * the host, while a spec needs the volume.
 * @throws InvalidArgumentError for a folder at which no layer is mounted.
 */
export async function volumeBehindMount(mountPoint: string, lookups: MountLookups): Promise<string> {
  const folder = mountPoint.replace(/(?<=[^:\\/])[\\/]+$/, "");
  const layerFolder = (await lookups.readStream(folder, mountSourceStream))?.replace(/\0+$/, "");
  if (!layerFolder) {
    throw invalidOption(
      `no layer source for mount ${mountPoint}: it has no stream ${mountSourceStream}`,
      "Mount the container's snapshot there first.",
    );
  }
  return lookups.layerVolumePath(layerFolder);
}
