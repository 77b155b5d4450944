import { rename } from "node:fs/promises";
import path from "node:path";
import { AlreadyExistsError, type ResourceJournal, toOrielError } from "@oriel/contracts";
import { type HostLayers, hresultError } from "@oriel/hcs-bindings";
import { importLayerTar } from "@oriel/layer-tar";
import { exists } from "./exists.ts";
import { type GraphLayer, ownedBy } from "./graph-layer.ts";
import { type LayerFolders, unfinished } from "./layer-folders.ts";
import type { LayerRemover } from "./layer-remover.ts";
import { importPlainTar, type PlainImportOptions } from "./plain-layer.ts";

export interface LayerUnpackerParts {
  readonly calls: HostLayers;
  readonly journal: ResourceJournal;
  readonly folders: LayerFolders;
  readonly remover: LayerRemover;
  /** `layer`: layer tars as Docker and containerd exchange them; the others are plain tars of files. */
  readonly format: "layer" | "transport" | "disk";
}

export interface UnpackOptions {
  /** The layer as it is to be, without the size. */
  readonly layer: GraphLayer;
  /** Folders, immediate parent first. */
  readonly parents: readonly string[];
  readonly tar: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Makes one layer of its tar: in a folder of another name, which gets the layer's own when all of it is there and on
 * disk, the description included. The caller makes sure that nobody else is at the same layer.
 */
export class LayerUnpacker {
  readonly #parts: LayerUnpackerParts;

  constructor(parts: LayerUnpackerParts) {
    this.#parts = parts;
  }

  /** A layer that was not there before. */
  async unpack(options: UnpackOptions): Promise<GraphLayer> {
    const owned = ownedBy(options.layer);
    const { journal, remover, folders } = this.#parts;
    await this.#clearWay(options.layer);
    journal.record(owned.kind, owned.id, { folder: owned.folder });
    try {
      const layer = await this.#import(options);
      await rename(importingOf(layer), layer.folder);
      await folders.syncNames();
      return layer;
    } catch (error) {
      await remover.finish(owned);
      throw toOrielError(error, "layer.apply", owned.id);
    }
  }

  /**
   * Fills a layer that was made empty. Until all is there the empty one stays; a crash between its going and the full
   * one's coming is made good at the next start ({@link finishReplacing}).
   */
  async replace(options: UnpackOptions): Promise<GraphLayer> {
    const { folders, calls } = this.#parts;
    const importing = importingOf(options.layer);
    const dispose = async () => {
      if (exists(importing)) await calls.destroy(importing);
    };
    try {
      await dispose();
      const layer = await this.#import(options);
      if (exists(`${layer.folder}${unfinished.removing}`)) await calls.destroy(`${layer.folder}${unfinished.removing}`);
      await rename(layer.folder, `${layer.folder}${unfinished.removing}`);
      await rename(importing, layer.folder);
      await folders.syncNames();
      await calls.destroy(`${layer.folder}${unfinished.removing}`);
      return layer;
    } catch (error) {
      if (exists(options.layer.folder)) await dispose();
      throw toOrielError(error, "layer.apply", options.layer.id);
    }
  }

  async #import({ layer: wanted, parents, tar, signal, onProgress }: UnpackOptions): Promise<GraphLayer> {
    const { calls, folders, format } = this.#parts;
    const importing = importingOf(wanted);
    const staging = `${wanted.folder}${unfinished.staging}`;
    folders.prepare();
    const layers = await calls.describe(parents);
    await calls.createLayer(importing, parents[0] === undefined ? "" : path.basename(parents[0]));
    const { size } =
      format === "layer"
        ? await importLayerTar({
            tar,
            raw: calls.importCalls(importing),
            callError: hresultError,
            folder: importing,
            parents: layers,
            staging,
            signal,
            onProgress,
          })
        : await this.#importPlain({ tar, calls, folder: importing, parents: layers, staging, format, signal, onProgress });
    const layer = { ...wanted, size };
    await folders.describe(importing, layer, parents);
    return layer;
  }

  async #importPlain(options: PlainImportOptions): Promise<{ readonly size: number }> {
    const { size, names } = await importPlainTar(options);
    if (options.format === "disk") await this.#parts.folders.describeContent(options.folder, names);
    return { size };
  }

  /** What a former attempt or removal left is deleted; what somebody else put there is left alone. */
  async #clearWay(layer: GraphLayer): Promise<void> {
    const { journal, remover } = this.#parts;
    const owned = ownedBy(layer);
    // Looked for first: the journal is as long as there are layers.
    if (!hasFolders(owned.folder)) return;
    const ours = journal.list(owned.kind).some((entry) => entry.id === owned.id && entry.data.folder === owned.folder);
    if (ours) {
      const failure = await remover.finish(owned);
      if (failure !== undefined) throw failure;
    }
    requireNoFolder(owned.folder, owned.id);
  }
}

/** Whether anything is there that belongs to a layer in `folder`, or would be in the way of one. */
export function hasFolders(folder: string): boolean {
  return ["", ...Object.values(unfinished)].some((suffix) => exists(`${folder}${suffix}`));
}

/** @throws AlreadyExistsError where a folder that Oriel knows nothing of has a name that a new layer needs. */
export function requireNoFolder(folder: string, id: string): void {
  for (const taken of ["", unfinished.importing, unfinished.staging].map((suffix) => `${folder}${suffix}`)) {
    if (!exists(taken)) continue;
    throw new AlreadyExistsError(`the folder ${taken} is there, and no layer that Oriel knows of`, {
      op: "layer.create",
      resource: id,
      remedy: "Move the folder away.",
    });
  }
}

/** After a crash amid `replace`: gives the full layer its name where the empty one is gone already. */
export async function finishReplacing(folder: string, folders: LayerFolders): Promise<void> {
  const importing = `${folder}${unfinished.importing}`;
  if (!exists(`${folder}${unfinished.removing}`) || exists(folder) || !(await folders.isWhole(importing))) return;
  await rename(importing, folder);
  await folders.syncNames();
}

function importingOf({ folder }: Pick<GraphLayer, "folder">): string {
  return `${folder}${unfinished.importing}`;
}
