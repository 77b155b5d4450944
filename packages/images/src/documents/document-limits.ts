import { InvalidArgumentError } from "@oriel/contracts";

/** What the documents of an image may hold. Each limit is far above what real ones have. */
export const documentLimits = {
  /** Of one image: dockerd's limit (moby, layer/layer.go). */
  maxLayers: 125,
  /** Of one JSON document, which is read into memory; the OCI distribution spec has registries take at least 4 MiB. */
  maxJsonBytes: 8 * 1024 * 1024,
  /** Objects and arrays within one another; those of real documents go to six. */
  maxJsonDepth: 64,
  /** Values of one JSON document. */
  maxJsonValues: 200_000,
} as const;

/** @throws InvalidArgumentError saying the limit and the value, when `count` is above the limit. @param what "the archive" */
export function requireAtMost(limit: number, count: number, what: string, unit: string): void {
  if (count <= limit) return;
  throw new InvalidArgumentError(`${what} has ${count} ${unit}; at most ${limit} are allowed`, { op: "image.load" });
}
