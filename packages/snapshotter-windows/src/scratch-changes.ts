import { type HostLayers, hresultError, type TimedLayerCalls } from "@oriel/hcs-bindings";
import { exportLayerTar, type LayerChanges, type LayerSourceOptions, listLayerChanges, measureMountedScratch } from "@oriel/layer-tar";
import { KeyedQueue } from "./keyed-queue.ts";
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
  /** By folder: the host prepares a scratch for as long as it exports it, and refuses to do so twice at once. */
  readonly #exports = new KeyedQueue();

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

  /** Bytes of the files that a mounted scratch changes. */
  async measureMounted({ path, parents }: PlacedScratch, volumePath: string, signal: AbortSignal): Promise<number> {
    const raw = this.#host.timedCalls(path);
    return measureMountedScratch({ raw, callError: hresultError, volumePath, parents, signal });
  }

  async #source(scratch: PlacedScratch, signal: AbortSignal | undefined): Promise<LayerSourceOptions> {
    return {
      raw: this.#callsFor(scratch.path),
      callError: hresultError,
      folder: scratch.path,
      parents: await this.#host.describe(scratch.parents),
      staging: this.#folders.newWorkFolder(),
      ...(signal === undefined ? {} : { signal }),
    };
  }

  /** Reading changes when a file was read last, so that files are said to be read when they were written: same content, same tar. */
  #callsFor(folder: string): TimedLayerCalls {
    const { layers, win32 } = this.#host.timedCalls(folder);
    return {
      layers: { ...layers, ExportLayer: (...args) => this.#exports.run(folder, () => layers.ExportLayer(...args)) },
      win32: {
        ...win32,
        GetFileFacts: async (...args) => {
          const answer = await win32.GetFileFacts(...args);
          return { ...answer, facts: { ...answer.facts, lastAccessTime: answer.facts.lastWriteTime } };
        },
      },
    };
  }
}
