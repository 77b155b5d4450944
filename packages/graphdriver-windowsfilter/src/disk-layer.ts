import { readFile } from "node:fs/promises";
import path from "node:path";
import type { LayerChange } from "@oriel/contracts";
import type { GraphLayer } from "./graph-layer.ts";
import { contentFile, descriptionFiles } from "./layer-folders.ts";
import { plainFilesOf, plainTarOf } from "./plain-tar.ts";

// A read-only layer of the windowsdiff driver is the files of its tar as they came, beside the driver's own description and
// what CreateLayer made.

/** The layer as the tar that it was made of: the same names, content and times, in the order of names. */
export async function* diskLayerTar(layer: GraphLayer, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  yield* plainTarOf(layer.content, { isContent: await contentOf(layer), signal });
}

/** What that tar holds. */
export async function diskLayerChanges(
  layer: GraphLayer,
  signal?: AbortSignal,
): Promise<{ readonly changes: readonly LayerChange[]; readonly size: number }> {
  const changes: LayerChange[] = [];
  let size = 0;
  for await (const { name, stats } of plainFilesOf(layer.content, { isContent: await contentOf(layer) })) {
    signal?.throwIfAborted();
    if (stats.isFile()) size += stats.size;
    changes.push({ path: `\\${name.replaceAll("/", "\\")}`, kind: "added" });
  }
  return { changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)), size };
}

/** A layer that was never filled has no content; one that Docker filled has all that is there. */
async function contentOf({ content, origin }: GraphLayer): Promise<(name: string) => boolean> {
  const text = await readFile(path.join(content, contentFile), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return (name) => origin === "docker" && !descriptionFiles.includes(name);
  const names = new Set(JSON.parse(text) as readonly string[]);
  return (name) => names.has(name);
}
