import { type HostLayers, hresultError } from "@oriel/hcs-bindings";
import { exportLayerTar, type LayerChanges, type LayerSourceOptions, listLayerChanges } from "@oriel/layer-tar";
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

  async list(reading: ScratchReading, signal?: AbortSignal): Promise<LayerChanges> {
    signal?.throwIfAborted();
    const scratch = await reading.begin();
    try {
      return await listLayerChanges(await this.#source(scratch, signal));
    } finally {
      await reading.end(scratch);
    }
  }

  /** Of a scratch that is mounted, and stays so: what of it is written while it is read is in the list or not. */
  async listMounted(scratch: PlacedScratch, volume: string, signal?: AbortSignal): Promise<LayerChanges> {
    return listLayerChanges({ ...(await this.#source(scratch, signal)), raw: this.#host.timedCalls(scratch.path, { volume }) });
  }

  async #source(scratch: PlacedScratch, signal: AbortSignal | undefined): Promise<LayerSourceOptions> {
    return {
      raw: this.#host.timedCalls(scratch.path),
      callError: hresultError,
      folder: scratch.path,
      parents: await this.#host.describe(scratch.parents),
      staging: this.#folders.newWorkFolder(),
      ...(signal === undefined ? {} : { signal }),
    };
  }
}
