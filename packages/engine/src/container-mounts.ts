import { type HostConfig, isOrielError } from "@oriel/core";
import { isPipePath, type SpecMount } from "@oriel/oci-spec";
import { mountPointsOf } from "./mount-points.ts";

/** A folder or pipe of the host as a container has it. */
export interface ContainerMount {
  readonly type: "bind" | "npipe";
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

/**
 * The mounts of a container, binds first, in the order of its configuration. One whose mounts an older version accepted and
 * this one refuses has none: it cannot be started.
 */
export function containerMounts(hostConfig: HostConfig): readonly ContainerMount[] {
  return mountsOf(hostConfig).map(({ source, destination, readOnly = false }) => ({
    type: isPipePath(source) ? "npipe" : "bind",
    source,
    destination,
    readOnly,
  }));
}

function mountsOf(hostConfig: HostConfig): readonly SpecMount[] {
  try {
    return mountPointsOf(hostConfig);
  } catch (error) {
    if (isOrielError(error)) return [];
    throw error;
  }
}
