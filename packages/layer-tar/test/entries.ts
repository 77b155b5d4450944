import type { LayerTarEntry } from "../src/index.ts";

export const times = { lastWrite: 1_700_000_000_000_000_000n };
export const directory = (name: string): LayerTarEntry => ({ kind: "directory", name, times });
export const file = (name: string, text: string): LayerTarEntry => ({
  kind: "file",
  name,
  times,
  size: Buffer.byteLength(text),
  content: Buffer.from(text),
});
