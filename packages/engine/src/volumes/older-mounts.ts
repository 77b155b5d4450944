import { type HostConfig, isOrielError } from "@oriel/contracts";
import type { MountPoint } from "../engine-api.ts";
import { askedMountsOf } from "./asked-mounts.ts";
import { inOrder } from "./mount-point.ts";

/** The mounts of a container that a version without volumes made: folders and pipes only. One whose mounts are refused now has none. */
export function mountsOfOlderRow(hostConfig: HostConfig): readonly MountPoint[] {
  try {
    return inOrder(askedMountsOf(hostConfig).map(({ given: _, ...mount }) => mount as MountPoint));
  } catch (error) {
    if (isOrielError(error)) return [];
    throw error;
  }
}
