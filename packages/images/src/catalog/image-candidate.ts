import type { ImageConfig } from "@oriel/contracts";
import type { ArchiveFile } from "../archive/image-archive.ts";
import { chainIds } from "../content/digest.ts";
import type { ImageReference } from "./reference.ts";

export interface LayerCandidate {
  readonly diffId: string;
  readonly chainId: string;
  readonly parentChainId: string | undefined;
  /** As it is in the archive: a tar, compressed or not. Not yet known to have the diff id. */
  readonly file: ArchiveFile;
}

/** An image of an archive, before anything of it is in the stores. */
export interface ImageCandidate {
  /** `sha256:<hex>` of the configuration. */
  readonly id: string;
  readonly config: ImageConfig;
  /** As it was read, which is what `id` is the digest of. */
  readonly configFile: ArchiveFile;
  /** The manifests that lead to it, uppermost first; none in a docker archive. */
  readonly manifestFiles: readonly ArchiveFile[];
  readonly tags: readonly ImageReference[];
  /** `name@sha256:…` */
  readonly digests: readonly ImageReference[];
  /** Base first. */
  readonly layers: readonly LayerCandidate[];
}

/** @param files one for each diff id of the configuration. */
export function layerCandidates(config: ImageConfig, files: readonly ArchiveFile[]): LayerCandidate[] {
  const chain = chainIds(config.rootfs.diff_ids);
  return files.map((file, index) => ({
    diffId: config.rootfs.diff_ids[index] ?? "",
    chainId: chain[index] ?? "",
    parentChainId: chain[index - 1],
    file,
  }));
}
