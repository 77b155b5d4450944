import { type CommitImageOptions, type ImageConfig, type ImageRecord, InvalidArgumentError } from "@oriel/contracts";
import type { ArchiveFile } from "../archive/image-archive.ts";
import { type ImageCandidate, layerCandidates } from "../catalog/image-candidate.ts";
import { familiarName, type ImageReference, parseReference, withDefaultTag } from "../catalog/reference.ts";
import type { Ingest, SpooledFile } from "../content/content-store.ts";

export interface CommittedImage {
  readonly parent: ImageRecord;
  /** Of the parent's layers, base first, as they are in the content store. */
  readonly parentFiles: readonly ArchiveFile[];
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

/** A name that an image can be given. @throws InvalidArgumentError */
export function parseTag(target: string, op: string): ImageReference {
  const name = withDefaultTag(parseReference(target));
  if (name.digest !== undefined) {
    throw new InvalidArgumentError("refusing to create a tag with a digest reference", { op, resource: target });
  }
  if (familiarName(name) === "sha256") {
    throw new InvalidArgumentError("refusing to create an ambiguous tag using digest algorithm as name", { op, resource: target });
  }
  return name;
}

async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
