import { stat } from "node:fs/promises";
import { FailedPreconditionError, type ImageRecord, isOrielError, type StorageBackend } from "@oriel/contracts";
import type { LayerCandidate } from "../catalog/image-candidate.ts";
import type { ContentStore } from "../content/content-store.ts";
import type { LayerManager } from "./layer-manager.ts";
import { LayerSource } from "./layer-source.ts";

const op = "image.unpack";

export interface LayerRestoration {
  readonly image: ImageRecord;
  /** Of the image, base first, all claimed; their files are blobs of `content`. */
  readonly layers: readonly LayerCandidate[];
  readonly storage: StorageBackend;
  readonly keeper: LayerManager;
  readonly content: ContentStore;
  readonly signal: AbortSignal;
}

/**
 * Unpacks those layers of an image again that storage does not have; nothing is, when the blob of one is not there. A
 * blob that proves damaged is removed, so that the next load of the image brings it anew.
 *
 * @returns chain ids of those that were missing.
 * @throws FailedPreconditionError naming image and layer for a blob that is missing or damaged; the signal's reason; what
 *   storage throws.
 */
export async function restoreLayers(restoration: LayerRestoration): Promise<readonly string[]> {
  const { layers, storage, signal } = restoration;
  const missing: { readonly layer: LayerCandidate; readonly depth: number }[] = [];
  for (const [depth, layer] of layers.entries()) {
    if ((await storage.getLayer(layer.chainId)) === undefined) missing.push({ layer, depth });
  }
  for (const { layer } of missing) await requireBlob(restoration, layer);
  for (const { layer, depth } of missing) {
    signal.throwIfAborted();
    await restore(restoration, layer, depth);
  }
  return missing.map(({ layer }) => layer.chainId);
}

async function requireBlob({ image }: LayerRestoration, layer: LayerCandidate): Promise<void> {
  const { file } = layer;
  const found = await stat(file.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found?.size === file.size) return;
  const fault = found === undefined ? "is missing" : `has ${found.size} bytes and should have ${file.size}`;
  throw unusable(image, layer, fault);
}

async function restore({ image, keeper, content, signal }: LayerRestoration, layer: LayerCandidate, depth: number): Promise<void> {
  const tar = new LayerSource({ layer, signal });
  try {
    await keeper.ensure(layer, depth, tar, signal);
  } catch (error) {
    signal.throwIfAborted();
    // Storage may have stumbled over a tar that is bad only because its blob is: reading it once more tells.
    const isSuspect = tar.failure !== undefined || isOrielError(error, "InvalidArgument");
    const fault = isSuspect ? await faultOf(tar) : undefined;
    if (fault === undefined) throw error;
    if (!isOrielError(fault, "InvalidArgument")) throw fault;
    await content.remove(layer.file.digest);
    throw unusable(image, layer, "is damaged", fault);
  }
}

async function faultOf(tar: LayerSource): Promise<unknown> {
  try {
    await tar.verify();
    return undefined;
  } catch (fault) {
    return fault;
  }
}

function unusable(image: ImageRecord, { chainId, file }: LayerCandidate, fault: string, cause?: unknown): FailedPreconditionError {
  const [name = image.id] = image.tags;
  return new FailedPreconditionError(
    `the layer ${chainId} of image ${name} is not in storage, and its copy in the image store cannot take its place: blob ${file.digest} ${fault}`,
    { op, resource: image.id, remedy: "load the image again", cause },
  );
}
