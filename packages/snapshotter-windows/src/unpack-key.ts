import { randomBytes } from "node:crypto";

/** What a key stands for whose snapshot a layer is unpacked into. */
export interface UnpackKey {
  /** Makes two unpackings of one layer differ. */
  readonly unique: string;
  /** `sha256:<hex>` of the layer and all below it. */
  readonly chainId: string;
}

/**
 * containerd's client writes `extract-<nanoseconds>-<four characters of base64url> <chain id>`, and before it reaches a
 * snapshotter its metadata store puts `<namespace>/<number>/` in front.
 */
const unpackKey = /^(?:[^/]+\/\d+\/)?extract-(?<unique>\d{1,19}-[A-Za-z0-9_-]{4}) (?<chainId>sha256:[0-9a-f]{64})$/;

/** undefined for any other key, also for one that merely contains `extract-`. */
export function parseUnpackKey(key: string): UnpackKey | undefined {
  const { unique, chainId } = unpackKey.exec(key)?.groups ?? {};
  return unique === undefined || chainId === undefined ? undefined : { unique, chainId };
}

export function formatUnpackKey({ unique, chainId }: UnpackKey): string {
  return `extract-${unique} ${chainId}`;
}

/** A key that no other unpacking of this layer has. */
export function newUnpackKey(chainId: string): string {
  const nanoseconds = process.hrtime.bigint() % 1_000_000_000n;
  return formatUnpackKey({ unique: `${nanoseconds}-${randomBytes(3).toString("base64url")}`, chainId });
}
