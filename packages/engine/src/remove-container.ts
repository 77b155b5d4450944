import { rm } from "node:fs/promises";
import { ConflictError, isOrielError, toOrielError } from "@oriel/core";
import type { Container } from "./container.ts";
import type { EngineEvent } from "./engine-api.ts";
import { containerEvent, containerFolder, type EngineContext } from "./engine-context.ts";
import { unmountScratch } from "./scratch-mount.ts";
import { endRun } from "./stop-container.ts";

export interface RemoveOptions {
  /** Ends a container that runs, and waits for a removal that is on its way. */
  readonly force?: boolean;
  /** By the container's own setting: one that was started again meanwhile is let be. */
  readonly isAutomatic?: boolean;
}

/**
 * Removes a container with its scratch, its log and its row, the row last, so that whatever cuts this short can be
 * finished later. A removal that fails leaves the container `dead`, and can be tried again.
 */
export async function removeContainer(context: EngineContext, container: Container, options: RemoveOptions = {}): Promise<void> {
  if (container.removal !== undefined) {
    if (options.force === true) return container.removal;
    throw new ConflictError(`removal of container ${container.id} is already in progress`, {
      op: "container.remove",
      resource: container.id,
    });
  }
  if (container.isRunning && options.force !== true) {
    if (options.isAutomatic === true) return;
    throw new ConflictError(
      `cannot remove container "/${container.data.name}": container is running: stop the container before removing or force remove`,
      { op: "container.remove", resource: container.id },
    );
  }
  container.pendingRestart?.abort();
  const removal = endAndTakeApart(context, container, options);
  container.removal = removal;
  try {
    await removal;
  } finally {
    container.removal = undefined;
  }
}

async function endAndTakeApart(context: EngineContext, container: Container, options: RemoveOptions): Promise<void> {
  // A start that was asked for before holds the lock: it ends first, and what it started is ended then.
  for (;;) {
    if (options.force === true) await endRun(context, container);
    const isDone = await container.lock.run(async () => {
      if (container.isRunning) return options.isAutomatic === true;
      await takeApart(context, container);
      return true;
    });
    if (isDone) return;
    if (options.force !== true) {
      throw new ConflictError(`cannot remove container "/${container.data.name}": it was started meanwhile`, {
        op: "container.remove",
        resource: container.id,
      });
    }
  }
}

/** The caller holds the container's lock. Also finishes what a crash interrupted. */
export async function takeApart(context: EngineContext, container: Container): Promise<void> {
  const { registry, events } = context;
  const { id } = container;
  registry.change(container, { status: "removing" });
  let destroyed: EngineEvent;
  try {
    await removeParts(context, container);
    destroyed = containerEvent(context.clock, container, "destroy");
    registry.delete(container, destroyed);
  } catch (error) {
    const failure = toOrielError(error, "container.remove", id);
    const unwritten = registry.record(container, { status: "dead", error: failure.message });
    if (unwritten !== undefined) context.logger.error({ container: id, error: unwritten }, "a container's state cannot be written");
    container.waiters.removalFailed({ exitCode: container.data.exitCode, error: failure.message });
    throw failure;
  }
  container.output.end();
  events.tell(destroyed);
  container.waiters.removed({ exitCode: container.data.exitCode, error: container.data.error });
}

/** All that is outside the database. */
async function removeParts(context: EngineContext, container: Container): Promise<void> {
  const { registry, storage, runtime, root } = context;
  const { id } = container;
  if (container.data.spec !== undefined) {
    await runtime.delete(id);
    registry.change(container, { spec: undefined });
  }
  await unmountScratch(context, container);
  await storage.removeScratch(id).catch((error: unknown) => {
    if (!isOrielError(error, "NotFound")) throw error;
  });
  await rm(containerFolder(root, id), { recursive: true, force: true });
}
