import { mkdir } from "node:fs/promises";
import { type KeyedQueue, type LayerChange, type ResourceJournal, toOrielError } from "@oriel/contracts";
import { type HostLayers, hresultError } from "@oriel/hcs-bindings";
import { exportLayerTar, type LayerChanges, listLayerChanges, measureMountedScratch, readLayerTar, removeFolder } from "@oriel/layer-tar";
import type { GraphLayer } from "./graph-layer.ts";
import { unfinished } from "./layer-folders.ts";
import type { LayerMounts } from "./layer-mounts.ts";
import { plainTarOf } from "./plain-tar.ts";

export interface LayerReaderParts {
  readonly calls: HostLayers;
  readonly journal: ResourceJournal;
  readonly mounts: LayerMounts;
  readonly queue: KeyedQueue;
  /** `layer`: as Docker and containerd exchange layers; `transport`: what ExportLayer writes, as a tar of plain files. */
  readonly format: "layer" | "transport";
}

/** A folder beside the layer's that is not there yet; disposing it removes it. */
interface WorkFolder extends AsyncDisposable {
  readonly staging: string;
}

/** Folders that the layers below have, immediate parent first. */
type Parents = readonly string[];

/** Reads what layers change in those below them. A layer that is read cannot be mounted or removed. */
export class LayerReader {
  readonly #parts: LayerReaderParts;
  #exports = 0;

  constructor(parts: LayerReaderParts) {
    this.#parts = parts;
  }

  async *diff(layer: GraphLayer, parents: Parents, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { format } = this.#parts;
    if (parents.length === 0) {
      yield* exportLayerTar({ ...(await this.#source(layer, parents, signal)), staging: "" });
      return;
    }
    await using reading = await this.#begin(layer, parents, signal);
    if (format === "layer") yield* exportLayerTar({ ...(await this.#source(layer, parents, signal)), staging: reading.staging });
    else yield* this.#transport(layer, parents, reading.staging, signal);
  }

  async changes(layer: GraphLayer, parents: Parents, signal?: AbortSignal): Promise<LayerChanges> {
    if (parents.length === 0) return this.#contentOf(layer, signal);
    await using reading = await this.#begin(layer, parents, signal);
    return await listLayerChanges({ ...(await this.#source(layer, parents, signal)), staging: reading.staging });
  }

  /** Bytes of the files that a layer changes, which may be mounted at `volumePath`. */
  async size(layer: GraphLayer, parents: Parents, volumePath: string | undefined, signal?: AbortSignal): Promise<number> {
    if (volumePath === undefined) return (await this.changes(layer, parents, signal)).size;
    try {
      const raw = this.#parts.calls.exportCalls(layer.content, { ofScratch: false });
      return await measureMountedScratch({
        raw,
        callError: hresultError,
        volumePath,
        parents,
        signal,
      });
    } catch (error) {
      throw toOrielError(error, "layer.size", layer.id);
    }
  }

  async #source(layer: GraphLayer, parents: Parents, signal: AbortSignal | undefined) {
    const { calls } = this.#parts;
    return {
      raw: calls.exportCalls(layer.content, { ofScratch: layer.kind === "read-write" }),
      callError: hresultError,
      folder: layer.content,
      parents: await calls.describe(parents),
      signal,
    };
  }

  async *#transport(layer: GraphLayer, parents: Parents, staging: string, signal: AbortSignal | undefined) {
    const { calls } = this.#parts;
    await mkdir(staging);
    await calls.exportLayer(layer.content, staging, await calls.describe(parents));
    yield* plainTarOf(staging, signal === undefined ? {} : { signal });
  }

  /** All that a base layer has is new. */
  async #contentOf(layer: GraphLayer, signal: AbortSignal | undefined): Promise<LayerChanges> {
    const changes: LayerChange[] = [];
    let size = 0;
    for await (const entry of readLayerTar(exportLayerTar({ ...(await this.#source(layer, [], signal)), staging: "" }))) {
      if (entry.kind === "file") size += entry.size;
      if (entry.kind === "stream" || !entry.name.startsWith("Files/")) continue;
      changes.push({ path: entry.name.slice("Files".length).replaceAll("/", "\\"), kind: "added" });
    }
    return { changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)), size };
  }

  /** Attaches the layer, and finds a folder to export to; both are written down, as a crash leaves them. */
  async #begin(layer: GraphLayer, parents: Parents, signal: AbortSignal | undefined): Promise<WorkFolder> {
    const { mounts, queue } = this.#parts;
    try {
      await queue.run(layer.id, () => mounts.beginReading(layer, parents), signal);
    } catch (error) {
      throw toOrielError(error, "layer.diff", layer.id);
    }
    const { staging, ...work } = this.#workFolder(layer);
    return {
      staging,
      [Symbol.asyncDispose]: async () => {
        try {
          await work[Symbol.asyncDispose]();
        } finally {
          await queue.run(layer.id, () => mounts.endReading(layer));
        }
      },
    };
  }

  #workFolder({ folder }: GraphLayer): WorkFolder {
    const { journal } = this.#parts;
    this.#exports += 1;
    const staging = `${folder}${unfinished.exporting}-${this.#exports}`;
    journal.record("folder", staging, { folder: staging });
    return {
      staging,
      [Symbol.asyncDispose]: async () => {
        await removeFolder(staging);
        journal.clear("folder", staging);
      },
    };
  }
}
