import { rename } from "node:fs/promises";
import path from "node:path";
import {
  AlreadyExistsError,
  type ApplyLayerOptions,
  isOrielError,
  type LayerRecord,
  type ResourceJournal,
  toOrielError,
} from "@oriel/core";
import { hresultError } from "@oriel/hcs-bindings";
import { importLayerTar } from "@oriel/layer-tar";
import { syncFolder } from "./durable-file.ts";
import type { LayerCalls } from "./layer-calls.ts";
import { exists, type LayerRemover } from "./layer-remover.ts";
import { type LayerStore, unfinished } from "./layer-store.ts";

export interface LayerUnpackerParts {
  readonly calls: LayerCalls;
  readonly journal: ResourceJournal;
  readonly store: LayerStore;
  readonly remover: LayerRemover;
}

/**
 * Makes one layer of its tar: in a folder of another name, which gets the layer's own when all of it is there, the
 * description included. The caller makes sure that nobody else is at the same layer.
 */
export class LayerUnpacker {
  readonly #parts: LayerUnpackerParts;

  constructor(parts: LayerUnpackerParts) {
    this.#parts = parts;
  }

  /** @param parents folders, immediate parent first */
  async unpack(options: ApplyLayerOptions, parents: readonly string[]): Promise<LayerRecord> {
    const { chainId, parentChainId, tar, signal, onProgress } = options;
    const { calls, journal, store, remover } = this.#parts;
    const folder = store.layerFolder(chainId);
    const importing = `${folder}${unfinished.importing}`;
    const owned = { kind: "layer", id: chainId, folder } as const;

    await this.#clearWay(chainId, folder);
    journal.record("layer", chainId, { folder });
    try {
      await store.prepare();
      const layers = await calls.describe(parents);
      await calls.createLayer(importing, parents[0] === undefined ? "" : path.basename(parents[0]));
      const { size } = await importLayerTar({
        tar,
        raw: calls.forImport(importing),
        callError: hresultError,
        folder: importing,
        parents: layers,
        staging: `${folder}${unfinished.staging}`,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const layer: LayerRecord = { chainId, parentChainId, folder, size };
      await store.describeLayer(importing, layer, parents);
      await rename(importing, folder);
      await syncFolder(store.folder);
      return layer;
    } catch (error) {
      await remover.finish(owned);
      throw isOrielError(error) ? error : toOrielError(error, "layer.apply", chainId);
    }
  }

  /** What a former attempt or removal left is deleted; what somebody else put there is left alone. */
  async #clearWay(chainId: string, folder: string): Promise<void> {
    const { journal, remover } = this.#parts;
    const ours = journal.list("layer").some((entry) => entry.id === chainId);
    if (ours) {
      const failure = await remover.finish({ kind: "layer", id: chainId, folder });
      if (failure !== undefined) throw failure;
    }
    for (const taken of [folder, `${folder}${unfinished.importing}`, `${folder}${unfinished.staging}`]) {
      if (!(await exists(taken))) continue;
      throw new AlreadyExistsError(`the folder ${taken} is there, and no layer that Oriel knows of`, {
        op: "layer.apply",
        resource: chainId,
        remedy: "Move the folder away.",
      });
    }
  }
}
