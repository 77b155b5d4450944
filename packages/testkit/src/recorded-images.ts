import { fileURLToPath } from "node:url";

/** Images that were in use when the dockerd scenarios were recorded; see fixtures/README.md. */
export const recordedImages = ["wintest", "escaped", "entry"] as const;

export type RecordedImage = (typeof recordedImages)[number];

/** Path of the `docker save` archive. */
export function recordedImagePath(name: RecordedImage): string {
  return fileURLToPath(new URL(`../fixtures/${name}.tar`, import.meta.url));
}
