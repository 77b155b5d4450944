import { InvalidArgumentError } from "@oriel/contracts";

/**
 * What an archive may hold. Each limit is far above what real archives have: one of a hundred images with a hundred layers
 * each has some 30,000 entries.
 */
export const archiveLimits = {
  /** Entries of the archive itself, of whatever kind; those of its layers are not counted. */
  maxEntries: 100_000,
  maxImages: 1000,
  /** Tags and digests of all images together. */
  maxNames: 10_000,
  /** Of one image: dockerd's limit (moby, layer/layer.go). */
  maxLayers: 125,
  /** Of one JSON document, which is read into memory; the OCI distribution spec has registries take at least 4 MiB. */
  maxJsonBytes: 8 * 1024 * 1024,
  /** Of all JSON documents together, one that is read twice counted twice. */
  maxJsonBytesInAll: 64 * 1024 * 1024,
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
