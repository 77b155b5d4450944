import { isOrielError } from "@oriel/contracts";
import { ownSize } from "./containers/container-files.ts";
import { recordOf } from "./containers/container-record.ts";
import type { DiskUsage } from "./engine-api.ts";
import type { EngineContext } from "./engine-context.ts";
import { layersOf, sizeOfLayers } from "./images/image-layers.ts";
import { volumesUsage } from "./volumes/engine-volumes.ts";

/** What images, containers and volumes take up. A container that is removed meanwhile is left out. */
export async function diskUsage(context: EngineContext): Promise<DiskUsage> {
  const { images, storage, registry } = context;
  const all = await Promise.all((await images.list()).map(async (image) => ({ image, layers: await layersOf(storage, image) })));
  const users = new Map<string, number>();
  for (const { chainId } of all.flatMap(({ layers }) => layers)) users.set(chainId, (users.get(chainId) ?? 0) + 1);

  const containers: DiskUsage["containers"][number][] = [];
  for (const container of registry.visible()) {
    try {
      const own = await ownSize(context, container);
      const below = all.find(({ image }) => image.id === container.data.imageId)?.layers ?? [];
      containers.push({ container: recordOf(context, container), size: { own, total: (own ?? 0) + sizeOfLayers(below) } });
    } catch (error) {
      if (!isOrielError(error, "NotFound")) throw error;
    }
  }
  return {
    layers: sizeOfLayers(new Map(all.flatMap(({ layers }) => layers.map((layer) => [layer.chainId, layer] as const))).values()),
    images: all.map(({ image, layers }) => ({
      image,
      shared: sizeOfLayers(layers.filter(({ chainId }) => (users.get(chainId) ?? 0) > 1)),
      containers: registry.usersOf(image.id).length,
    })),
    containers,
    volumes: await volumesUsage(context),
  };
}
