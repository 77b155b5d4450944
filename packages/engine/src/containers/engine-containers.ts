import { ConflictError, InvalidArgumentError } from "@oriel/contracts";
import type { Containers, LogsRequest } from "../engine-api.ts";
import { type EngineContext, logPathOf, publishContainerEvent, updateAndPublish } from "../engine-context.ts";
import { commitContainer } from "../images/commit-container.ts";
import { withImageNames } from "../images/image-names.ts";
import { attachContainer } from "../io/attach-container.ts";
import { readLog } from "../logs/log-reader.ts";
import { renameEndpoints } from "../networks/container-endpoints.ts";
import type { Container } from "./container.ts";
import { containerChanges, containerSize } from "./container-files.ts";
import { checkContainerName } from "./container-names.ts";
import { recordOf } from "./container-record.ts";
import { containerProcesses, containerStats, watchStats } from "./container-stats.ts";
import { createContainer } from "./create-container.ts";
import { listContainers } from "./list-containers.ts";
import { pauseContainer, unpauseContainer } from "./pause-container.ts";
import { removeContainer } from "./remove-container.ts";
import { startContainer } from "./start-container.ts";
import { killContainer, type StopOptions, stopContainer } from "./stop-container.ts";
import { updateContainer } from "./update-container.ts";

/** Every operation on containers: the name is looked up here, the work is done in the operation's own file. */
export function engineContainers(context: EngineContext): Containers {
  const { registry } = context;
  const show = (container: Container) => recordOf(context, container);
  return {
    create: (request) => createContainer(context, request),
    start: async (ref) => startContainer(context, registry.get(ref)),
    stop: async (ref, options) => stopContainer(context, registry.get(ref), options),
    kill: async (ref, signal) => killContainer(context, registry.get(ref), ref, signal),
    restart: async (ref, options) => restartContainer(context, registry.get(ref), options),
    async wait(ref, condition, signal) {
      const { waiters, data, isRunning } = registry.get(ref);
      if (condition === "not-running" && !isRunning) return { exitCode: data.exitCode, error: data.error };
      return waiters.wait(condition, signal);
    },
    remove: async (ref, options) => removeContainer(context, registry.get(ref), options),
    rename: async (ref, name) => renameContainer(context, registry.get(ref), name),
    inspect: async (ref) => show(registry.get(ref)),
    list: async (request = {}) => withImageNames(context.images, (await listContainers(context, request)).map(show)),
    attach: async (ref, request) => attachContainer(context, registry.get(ref), request),
    async logs(ref, request) {
      const container = registry.get(ref);
      checkTail(request);
      const { log: writer } = container.output;
      const { clock } = context;
      const batches = readLog({ path: logPathOf(context.root, container.id), writer, request, clock, blocks: container.logBlocks });
      return { tty: container.data.config.Tty === true, batches };
    },
    async resize(ref, size) {
      const container = registry.get(ref);
      if (container.run === undefined) {
        throw new ConflictError(`container ${container.id} is not running`, { op: "container.resize", resource: container.id });
      }
      await container.run.process.resize(size);
    },
    pause: async (ref) => pauseContainer(context, registry.get(ref)),
    unpause: async (ref) => unpauseContainer(context, registry.get(ref)),
    processes: async (ref) => containerProcesses(context, registry.get(ref)),
    stats: async (ref) => containerStats(context, registry.get(ref)),
    watchStats: async (ref, signal) => watchStats(context, registry.get(ref), signal),
    update: async (ref, request) => ({ warnings: await updateContainer(context, registry.get(ref), request) }),
    changes: async (ref) => containerChanges(context, registry.get(ref)),
    size: async (ref) => containerSize(context, registry.get(ref)),
    commit: async (ref, request) => commitContainer(context, registry.get(ref), request),
    prune: () => pruneContainers(context),
  };
}

async function restartContainer(context: EngineContext, container: Container, options: StopOptions = {}): Promise<void> {
  // Its end in between is no end that a container with AutoRemove is to be removed for.
  container.isManualRestart = true;
  try {
    await stopContainer(context, container, options);
    await startContainer(context, container);
  } finally {
    container.isManualRestart = false;
  }
  publishContainerEvent(context, container, "restart");
}

async function renameContainer(context: EngineContext, container: Container, given: string): Promise<void> {
  const name = checkContainerName(given);
  const oldName = container.data.name;
  if (name === oldName) {
    throw new InvalidArgumentError("Renaming a container with the same name as its current name", {
      op: "container.rename",
      resource: name,
    });
  }
  updateAndPublish(context, container, { name }, "rename", { name, oldName: `/${oldName}` });
  renameEndpoints(context, container);
}

async function pruneContainers(context: EngineContext): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const container of context.registry.visible()) {
    if (container.isRunning || container.attempt !== undefined || container.removal !== undefined) continue;
    try {
      await removeContainer(context, container);
      removed.push(container.id);
    } catch (error) {
      context.logger.warn({ container: container.id, error }, "a container was not pruned");
    }
  }
  return removed;
}

function checkTail({ tail }: LogsRequest): void {
  if (tail === undefined || (Number.isInteger(tail) && tail >= 0)) return;
  throw new InvalidArgumentError(`tail ${tail}: must be a whole number of lines, 0 or more`, {
    op: "container.logs",
    resource: String(tail),
  });
}
