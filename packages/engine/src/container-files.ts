import { ConflictError, type LayerChange } from "@oriel/core";
import type { Container } from "./container.ts";
import type { ContainerSize } from "./engine-api.ts";
import type { EngineContext } from "./engine-context.ts";
import { layersOf } from "./image-layers.ts";

/** @throws ConflictError while it runs, in dockerd's words. */
export async function containerChanges({ storage }: EngineContext, { id, isRunning }: Container): Promise<readonly LayerChange[]> {
  if (isRunning) throw new ConflictError("Windows does not support diff of a running container", { op: "container.changes", resource: id });
  return storage.changes(id);
}

export async function containerSize({ images, storage }: EngineContext, { id, data }: Container): Promise<ContainerSize> {
  const own = await storage.scratchSize(id);
  const image = await images.get(data.imageId);
  const layers = await layersOf(storage, image);
  return { own, total: own + layers.reduce((sum, { size }) => sum + size, 0) };
}
