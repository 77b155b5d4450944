import type { DatabaseSync } from "node:sqlite";
import { type HostConfig, isOrielError } from "@oriel/contracts";
import type { MountPoint } from "../engine-api.ts";
import { askedMountsOf } from "./asked-mounts.ts";
import { inOrder } from "./mount-point.ts";

/** Resolves the mounts of containers that a version without volumes made, as is done since when a container is created. */
export function storeMountsOfOlderRows(connection: DatabaseSync): void {
  const store = connection.prepare("UPDATE containers SET mounts = ? WHERE id = ?");
  for (const { id, host_config } of connection.prepare("SELECT id, host_config FROM containers WHERE mounts IS NULL").all()) {
    store.run(JSON.stringify(mountsOf(JSON.parse(String(host_config)) as HostConfig)), String(id));
  }
}

/** Folders and pipes, which is all that such a container can have. One whose mounts are refused now has none. */
function mountsOf(hostConfig: HostConfig): readonly MountPoint[] {
  try {
    return inOrder(askedMountsOf(hostConfig).map(({ given: _, ...mount }) => mount as MountPoint));
  } catch (error) {
    if (isOrielError(error)) return [];
    throw error;
  }
}
