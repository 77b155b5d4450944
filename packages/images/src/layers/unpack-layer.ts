import { type ImageProgress, InvalidArgumentError, isOrielError } from "@oriel/contracts";
import type { LayerCandidate } from "../catalog/image-candidate.ts";
import type { LayerManager } from "./layer-manager.ts";
import { LayerSource } from "./layer-source.ts";
import type { UnpackedSize } from "./unpacked-size.ts";

/** Unpacks a layer of an archive. @returns the layer's size in bytes. @throws InvalidArgumentError naming the archive's entry. */
export async function unpackLayer(
  layers: LayerManager,
  layer: LayerCandidate,
  depth: number,
  unpacked: UnpackedSize,
  signal: AbortSignal,
  tell: (progress: ImageProgress) => void,
): Promise<number> {
  const tar = new LayerSource({ layer, signal, size: unpacked, onProgress: tell });
  try {
    const { size } = await layers.ensure(layer, depth, tar, signal);
    // Of a stored one that storage has already nothing was read, and nothing need be.
    if (layer.file.isStored !== true) await tar.verify();
    unpacked.addLayer(tar.bytes);
    tar.reportEnd();
    return size;
  } catch (error) {
    if (tar.failure !== undefined) throw tar.failure.error;
    if (!isOrielError(error, "InvalidArgument") || error.message.includes(layer.file.name)) throw error;
    throw new InvalidArgumentError(`layer ${JSON.stringify(layer.file.name)}: ${error.message}`, {
      op: "image.load",
      resource: layer.chainId,
      cause: error,
      remedy: error.remedy,
    });
  }
}
