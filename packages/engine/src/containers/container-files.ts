import { ConflictError, DeadlineExceededError, isOrielError, type LayerChange } from "@oriel/contracts";
import { settlesWithin } from "../clock.ts";
import type { ContainerSize } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { layersOf, sizeOfLayers } from "../images/image-layers.ts";
import type { Container } from "./container.ts";
import { at, isBusy, untilIdle } from "./until-idle.ts";

/** @throws ConflictError while it runs, with `whileRunning` in dockerd's words, and while it is being started. */
export function assertAtRest({ id, isRunning, attempt }: Container, op: string, whileRunning: string): void {
  if (isRunning) throw new ConflictError(whileRunning, { op, resource: id });
  if (attempt !== undefined) throw new ConflictError(`container ${id} is being started`, { op, resource: id });
}

/** @throws ConflictError while it runs, in dockerd's words. */
export async function containerChanges(context: EngineContext, container: Container): Promise<readonly LayerChange[]> {
  const op = "container.changes";
  if (isBusy(container)) await untilIdle(context, container, op);
  assertAtRest(container, op, "Windows does not support diff of a running container");
  return context.storage.changes(container.id);
}

export async function containerSize(context: EngineContext, container: Container): Promise<ContainerSize> {
  const own = await ownSize(context, container);
  const image = await context.images.get(container.data.imageId);
  return { own, total: (own ?? 0) + sizeOfLayers(await layersOf(context.storage, image)) };
}

/** One container whose files cannot be read does not keep the others from being listed. @throws NotFoundError when it is gone */
export async function ownSize(context: EngineContext, container: Container): Promise<number | undefined> {
  const { logger } = context;
  const { id } = container;
  try {
    return await measured(context, container);
  } catch (error) {
    if (isOrielError(error, "NotFound")) throw error;
    logger.warn({ container: id, error }, "the size of a container could not be found out");
    return undefined;
  }
}

/** A host that does not return from a start, or from cleaning up after one, keeps the storage from reading this container's files. */
async function measured({ storage, clock, deadlines }: EngineContext, container: Container): Promise<number> {
  const { id, attempt, cleanup } = container;
  const size = storage.scratchSize(id);
  if ((attempt === undefined && cleanup === undefined) || (await settlesWithin(size, deadlines.cleanup, clock))) return size;
  size.catch(() => {});
  throw new DeadlineExceededError(`container ${id} is being started or cleaned up${at(container)}`, { op: "container.size", resource: id });
}
