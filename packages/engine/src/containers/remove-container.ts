import { rm } from "node:fs/promises";
import { ConflictError, DeadlineExceededError, isOrielError, toOrielError } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import type { EngineEvent } from "../engine-api.ts";
import { changeOrLog, containerEvent, containerFolder, type EngineContext, recordAndLog } from "../engine-context.ts";
import { releaseEndpoints } from "../networks/container-endpoints.ts";
import { removeAbandoned, withAbandoned } from "../volumes/container-volumes.ts";
import type { Container } from "./container.ts";
import { unmountScratch } from "./scratch-mount.ts";
import { endRun } from "./stop-container.ts";
import { at } from "./until-idle.ts";

export interface RemoveOptions {
  /** Ends a container that runs, and waits for a removal that is on its way. */
  readonly force?: boolean;
  /** By the container's own setting: one that was started again meanwhile is let be. */
  readonly isAutomatic?: boolean;
  /** With the volumes that nobody has named. */
  readonly volumes?: boolean;
}

/**
 * Removes a container with its scratch, its log and its row, the row last, so that whatever cuts this short can be
 * finished later. A removal that fails leaves the container `dead`, and can be tried again.
 */
export async function removeContainer(context: EngineContext, container: Container, options: RemoveOptions = {}): Promise<void> {
  const { force = false, isAutomatic = false, volumes = false } = options;
  if (!force && container.run?.ended.aborted === true) await container.run.recorded;
  if (container.removal !== undefined) {
    if (force) return untilRemoved(context, container, container.removal);
    throw new ConflictError(`removal of container ${container.id} is already in progress`, {
      op: "container.remove",
      resource: container.id,
    });
  }
  if (!force && (container.isRunning || container.attempt !== undefined)) {
    if (isAutomatic) return;
    const state = container.isRunning ? container.data.status : "starting";
    const reason =
      state === "paused"
        ? "container is paused and must be unpaused first"
        : `container is ${state}: stop the container before removing or force remove`;
    throw new ConflictError(`cannot remove container "/${container.data.name}": ${reason}`, {
      op: "container.remove",
      resource: container.id,
    });
  }
  // Known as the removal before anything is ended: whatever that sets off finds it.
  const removal = Promise.resolve()
    .then(() => endAndTakeApart(context, container, volumes))
    .finally(() => {
      container.removal = undefined;
    });
  container.removal = removal;
  await untilRemoved(context, container, removal);
}

async function endAndTakeApart(context: EngineContext, container: Container, volumes: boolean): Promise<void> {
  await endRun(context, container);
  if (volumes) changeOrLog(context, container, { mounts: withAbandoned(container.data.mounts) });
  await teardown(context, container);
}

/** Waits for a removal, but not for a host that does not return from what is cleaned up before it: it goes on behind then. */
async function untilRemoved({ clock, deadlines, logger }: EngineContext, container: Container, removal: Promise<void>): Promise<void> {
  while (!(await settlesWithin(removal, deadlines.cleanup, clock))) {
    if (container.cleanup === undefined || container.run !== undefined) continue;
    removal.catch((error: unknown) => logger.error({ container: container.id, error }, "a removal that went on in the background failed"));
    throw new DeadlineExceededError(
      `container ${container.id} is removed once what its last start or run left is cleaned up${at(container)}`,
      { op: "container.remove", resource: container.id },
    );
  }
  return removal;
}

/** The container has no run, and its removal excludes a start. Also finishes what a crash interrupted. */
export async function teardown(context: EngineContext, container: Container): Promise<void> {
  const { registry, events } = context;
  const { id } = container;
  changeOrLog(context, container, { status: "removing" });
  let destroyed: EngineEvent;
  try {
    await container.cleanup;
    await Promise.allSettled(container.readers);
    await removeParts(context, container);
    await removeAbandoned(context, container);
    destroyed = containerEvent(context.clock, container, "destroy");
    registry.delete(container, destroyed);
  } catch (error) {
    const failure = toOrielError(error, "container.remove", id);
    recordAndLog(context, container, { status: "dead", error: failure.message });
    container.waiters.removalFailed({ exitCode: container.data.exitCode, error: failure.message });
    throw failure;
  }
  container.output.end();
  events.tell(destroyed);
  container.waiters.removed({ exitCode: container.data.exitCode, error: container.data.error });
}

/** All that is outside the database. */
async function removeParts(context: EngineContext, container: Container): Promise<void> {
  const { storage, runtime, root } = context;
  const { id } = container;
  if (container.data.spec !== undefined) {
    await runtime.delete(id);
    changeOrLog(context, container, { spec: undefined });
  }
  await releaseEndpoints(context, container);
  await unmountScratch(context, container);
  await storage.removeScratch(id).catch((error: unknown) => {
    if (!isOrielError(error, "NotFound")) throw error;
  });
  await rm(containerFolder(root, id), { recursive: true, force: true });
}
