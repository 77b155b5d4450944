import { type HostLayers, hresultError } from "@oriel/hcs-bindings";
import {
  commitScratch,
  exportLayerTar,
  type LayerChanges,
  type LayerSourceOptions,
  listLayerChanges,
  measureMountedScratch,
} from "@oriel/layer-tar";
import type { PlacedScratch } from "./scratch-use.ts";
import type { SnapshotFolders } from "./snapshot-folders.ts";

/** How a scratch is made ready to be read, and given back. */
export interface ScratchReading {
  begin(): Promise<PlacedScratch>;
  end(scratch: PlacedScratch): Promise<void>;
}

/** Reads what scratches change in the layers below them. */
export class ScratchChanges {
  readonly #host: HostLayers;
  readonly #folders: SnapshotFolders;

  constructor({ host, folders }: { readonly host: HostLayers; readonly folders: SnapshotFolders }) {
    this.#host = host;
    this.#folders = folders;
  }

  /** As an uncompressed layer tar. */
  async *read(reading: ScratchReading, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    signal?.throwIfAborted();
    const scratch = await reading.begin();
    try {
      yield* exportLayerTar(await this.#source(scratch, signal));
    } finally {
      await reading.end(scratch);
    }
  }

  /**
   * Makes a layer of them.
   * @param folder of the new layer, which is there and empty
   * @param whenWhole begun when the layer is whole; its answer is the whole's
   */
  async commit<T>(reading: ScratchReading, folder: string, whenWhole: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const scratch = await reading.begin();
    try {
      return await commitScratch({ source: await this.#source(scratch, signal), raw: this.#host.importCalls(folder), folder, whenWhole });
    } finally {
      await reading.end(scratch);
    }
  }

  async list(reading: ScratchReading, signal?: AbortSignal): Promise<LayerChanges> {
    signal?.throwIfAborted();
    const scratch = await reading.begin();
    try {
      return await listLayerChanges(await this.#source(scratch, signal));
    } finally {
      await reading.end(scratch);
    }
  }

  /** Bytes of the files that a mounted scratch changes. */
  async measureMounted({ path, parents }: PlacedScratch, volumePath: string, signal: AbortSignal): Promise<number> {
    const raw = this.#host.exportCalls(path, { ofScratch: false });
    return measureMountedScratch({ raw, callError: hresultError, volumePath, parents, signal });
  }

  async #source(scratch: PlacedScratch, signal: AbortSignal | undefined): Promise<LayerSourceOptions> {
    return {
      raw: this.#host.exportCalls(scratch.path, { ofScratch: true }),
      callError: hresultError,
      folder: scratch.path,
      parents: await this.#host.describe(scratch.parents),
      staging: this.#folders.newWorkFolder(),
      discardStaging: (folder) => this.#folders.removeWork(folder),
      signal,
    };
  }
}
