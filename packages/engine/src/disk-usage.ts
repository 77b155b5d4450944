import { isOrielError, type LayerRecord } from "@oriel/core";
import { recordOf } from "./container-record.ts";
import type { DiskUsage } from "./engine-api.ts";
import type { EngineContext } from "./engine-context.ts";
import { layersOf } from "./image-layers.ts";

/** What images and containers take up. A container that is removed meanwhile is left out. */
export async function diskUsage(context: EngineContext): Promise<DiskUsage> {
  const { images, storage, registry, root } = context;
  const all = await Promise.all((await images.list()).map(async (image) => ({ image, layers: await layersOf(storage, image) })));
  const users = new Map<string, number>();
  for (const { chainId } of all.flatMap(({ layers }) => layers)) users.set(chainId, (users.get(chainId) ?? 0) + 1);

  const containers: DiskUsage["containers"][number][] = [];
  for (const container of registry.visible()) {
    const own = await storage.scratchSize(container.id).catch((error: unknown) => {
      if (isOrielError(error, "NotFound")) return undefined;
      throw error;
    });
    if (own === undefined) continue;
    const below = all.find(({ image }) => image.id === container.data.imageId)?.layers ?? [];
    containers.push({ container: recordOf(container, root, storage.name), size: { own, total: own + sizeOf(below) } });
  }
  return {
    layers: sizeOf(new Map(all.flatMap(({ layers }) => layers.map((layer) => [layer.chainId, layer] as const))).values()),
    images: all.map(({ image, layers }) => ({
      image,
      shared: sizeOf(layers.filter(({ chainId }) => (users.get(chainId) ?? 0) > 1)),
      containers: registry.usersOf(image.id).length,
    })),
    containers,
  };
}

function sizeOf(layers: Iterable<LayerRecord>): number {
  let sum = 0;
  for (const { size } of layers) sum += size;
  return sum;
}
