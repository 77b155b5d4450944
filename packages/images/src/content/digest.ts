import { createHash } from "node:crypto";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is `sha256:` and 64 lower-case hex digits; the only algorithm that Oriel keeps content by. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

export function digestOf(data: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** The 64 hex digits of a digest. */
export function digestHex(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The twelve hex digits that Docker shows of an id. */
export function shortId(id: string): string {
  return digestHex(id).slice(0, 12);
}

/**
 * Chain ids of the layers with these diff ids, base first (OCI image spec, "Layer ChainID"): the first is the diff id
 * itself, each further one the digest of `<chain id below> <diff id>`.
 */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
