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
  /** Of all JSON documents together, one that is read twice counted twice. */
  maxJsonBytesInAll: 64 * 1024 * 1024,
} as const;
