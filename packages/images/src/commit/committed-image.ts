import type { CommitImageOptions, ImageConfig, ImageRecord } from "@oriel/contracts";
import { type ImageCandidate, layerCandidates } from "../catalog/image-candidate.ts";
import { parseTag } from "../catalog/reference.ts";
import type { Ingest, NamedFile, SpooledFile } from "../content/content-store.ts";

export interface CommittedImage {
  readonly parent: ImageRecord;
  /** Of the parent's layers, base first, as they are in the content store. */
  readonly parentFiles: readonly NamedFile[];
  /** The new layer's tar, spooled; not compressed, so that its digest is its diff id. */
  readonly layer: SpooledFile;
  readonly options: Omit<CommitImageOptions, "layer" | "signal">;
  readonly now: Date;
}

/** An image of a parent and one layer more, before anything of it is in the stores. Writes its configuration to the ingest. */
export async function committedImage(
  ingest: Ingest,
  { parent, parentFiles, layer, options, now }: CommittedImage,
): Promise<ImageCandidate> {
  const { author, comment, createdBy, tag } = options;
  const { author: _, ...kept } = parent.config;
  const signature = { ...(author ? { author } : {}), ...(comment ? { comment } : {}) };
  const config: ImageConfig = {
    ...kept,
    created: now.toISOString(),
    ...(author ? { author } : {}),
    config: options.config,
    rootfs: { type: "layers", diff_ids: [...parent.config.rootfs.diff_ids, layer.digest] },
    history: [...(parent.config.history ?? []), { created: now.toISOString(), created_by: createdBy, ...signature }],
  };
  const configFile = await ingest.write(textOf(JSON.stringify(config)));
  const files = [...parentFiles, { ...layer, name: layer.digest }];
  return {
    id: configFile.digest,
    config,
    configFile: { ...configFile, name: "config" },
    manifestFiles: [],
    tags: tag === undefined ? [] : [parseTag(tag, "image.commit")],
    digests: [],
    layers: layerCandidates(config, files),
  };
}

async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
