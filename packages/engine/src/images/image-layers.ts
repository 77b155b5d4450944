import type { ImageRecord, LayerRecord, StorageBackend } from "@oriel/contracts";
import type { ImageStep } from "../engine-api.ts";

/** The layers of an image, base first, as far as storage has them. */
export async function layersOf(storage: Pick<StorageBackend, "getLayer">, image: ImageRecord): Promise<LayerRecord[]> {
  const layers: LayerRecord[] = [];
  let next: string | undefined = image.chainId;
  while (next !== undefined) {
    const layer: LayerRecord | undefined = await storage.getLayer(next);
    if (layer === undefined) break;
    layers.unshift(layer);
    next = layer.parentChainId;
  }
  return layers;
}

/** In bytes. */
export function sizeOfLayers(layers: Iterable<LayerRecord>): number {
  let sum = 0;
  for (const { size } of layers) sum += size;
  return sum;
}

/** How an image was made, the latest step first. What its configuration says is not trusted to name every layer. */
export async function imageSteps(storage: Pick<StorageBackend, "getLayer">, image: ImageRecord): Promise<ImageStep[]> {
  const sizes = (await layersOf(storage, image)).map(({ size }) => size);
  const steps = (image.config.history ?? []).map((step): ImageStep => {
    const time = Date.parse(step.created ?? "");
    return {
      created: Number.isNaN(time) ? undefined : new Date(time),
      createdBy: step.created_by ?? "",
      comment: step.comment ?? "",
      size: step.empty_layer === true ? 0 : (sizes.shift() ?? 0),
    };
  });
  return steps.reverse();
}
