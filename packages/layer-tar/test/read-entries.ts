import { type LayerTarEntry, readLayerTar } from "../src/index.ts";

/** An entry whose content is at hand. */
export type WholeEntry = LayerTarEntry & { readonly content?: Buffer };

/** Reads the entries of a layer tar with their content. */
export async function readEntries(tar: AsyncIterable<Uint8Array>): Promise<WholeEntry[]> {
  const found: WholeEntry[] = [];
  for await (const entry of readLayerTar(tar)) {
    if (!("content" in entry)) {
      found.push(entry);
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.content as AsyncIterable<Uint8Array>) chunks.push(chunk);
    found.push({ ...entry, content: Buffer.concat(chunks) });
  }
  return found;
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
