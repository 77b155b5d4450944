import { ConflictError, isOrielError, type LayerChange } from "@oriel/core";
import type { Container } from "./container.ts";
import type { ContainerSize } from "./engine-api.ts";
import type { EngineContext } from "./engine-context.ts";
import { layersOf, sizeOfLayers } from "./image-layers.ts";

/** @throws ConflictError while it runs, in dockerd's words. */
export async function containerChanges({ storage }: EngineContext, { id, isRunning }: Container): Promise<readonly LayerChange[]> {
  if (isRunning) throw new ConflictError("Windows does not support diff of a running container", { op: "container.changes", resource: id });
  return storage.changes(id);
}

export async function containerSize(context: EngineContext, container: Container): Promise<ContainerSize> {
  const own = await ownSize(context, container);
  const image = await context.images.get(container.data.imageId);
  return { own, total: (own ?? 0) + sizeOfLayers(await layersOf(context.storage, image)) };
}

/** One container whose files cannot be read does not keep the others from being listed. @throws NotFoundError when it is gone */
export async function ownSize({ storage, logger }: EngineContext, { id }: Container): Promise<number | undefined> {
  try {
    return await storage.scratchSize(id);
  } catch (error) {
    if (isOrielError(error, "NotFound")) throw error;
    logger.warn({ container: id, error }, "the size of a container could not be found out");
    return undefined;
  }
}
