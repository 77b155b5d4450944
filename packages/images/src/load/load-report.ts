import type { ImageProgress } from "@oriel/contracts";
import type { ImageCandidate } from "../catalog/image-candidate.ts";
import { familiarReference, type ImageReference } from "../catalog/reference.ts";

/** Tells what a load brought, in dockerd's words. */
export function reportLoaded(
  images: readonly ImageCandidate[],
  renamed: ReadonlyMap<ImageReference, string>,
  tell: (progress: ImageProgress) => void,
): void {
  for (const { id, tags } of images) {
    for (const tag of tags) {
      const former = renamed.get(tag);
      const name = familiarReference(tag);
      if (former !== undefined) {
        tell({ stream: `The image ${name} already exists, renaming the old one with ID ${former} to empty string\n` });
      }
      tell({ stream: `Loaded image: ${name}\n` });
    }
    if (tags.length === 0) tell({ stream: `Loaded image ID: ${id}\n` });
  }
}
