import type { ContainerRecord, ContainerStatus } from "../engine-api.ts";
import { type EngineContext, logPathOf } from "../engine-context.ts";
import { networkRecords } from "../networks/network-records.ts";
import { shownMounts } from "../volumes/container-volumes.ts";
import { VolumeFolders } from "../volumes/volume-folders.ts";
import type { Container } from "./container.ts";

/** A container as users see it, from memory alone. */
export function recordOf(context: Pick<EngineContext, "root" | "storage" | "networks">, container: Container): ContainerRecord {
  const { root, storage } = context;
  const { data, run } = container;
  return {
    id: data.id,
    name: data.name,
    createdAt: data.createdAt,
    config: data.config,
    hostConfig: data.hostConfig,
    imageId: data.imageId,
    path: data.path,
    args: data.args,
    state: {
      status: visibleStatus(container),
      pid: run?.process.pid ?? 0,
      exitCode: data.exitCode,
      oomKilled: data.oomKilled,
      error: data.error,
      startedAt: data.startedAt,
      finishedAt: data.finishedAt,
    },
    restartCount: data.restartCount,
    isolation: data.isolation,
    logPath: logPathOf(root, data.id),
    storage: { name: storage.name, data: { dir: data.scratchFolder } },
    mounts: shownMounts(new VolumeFolders(root), data.mounts),
    execIds: [...container.execs.values()].filter((exec) => exec.status !== "ended").map(({ id }) => id),
    networks: networkRecords(context, container),
  };
}

function visibleStatus({ data: { status }, removal, isRunning }: Container): ContainerStatus {
  // As in dockerd: what still runs is shown so until it has ended.
  if (removal !== undefined && !isRunning && status !== "dead") return "removing";
  return status === "creating" ? "created" : status;
}
