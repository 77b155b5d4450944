import { type LayerDescriptor, type OrielError, toOrielError } from "@oriel/contracts";
import { BaseLayerTarget } from "./base-layer-target.ts";
import { EntryPool } from "./entry-pool.ts";
import { LaterLayerTarget } from "./later-layer-target.ts";
import { LayerBuilder } from "./layer-builder.ts";
import { type FailedCall, LayerCalls, type RawLayerCalls } from "./layer-calls.ts";
import type { LayerTarget } from "./layer-target.ts";
import { LayerTree } from "./layer-tree.ts";
import { readLayerTar } from "./read-layer-tar.ts";
import { tooLong } from "./too-long.ts";
import { throwIfCancelled, watchTar } from "./watched-tar.ts";

export interface ImportLayerTarOptions {
  /** The layer as an uncompressed tar. Read to its end, or told that no more is wanted, whatever happens. */
  readonly tar: AsyncIterable<Uint8Array>;
  readonly raw: RawLayerCalls;
  /** The error to throw for a failed call; `hresultError` of `@oriel/hcs-bindings` makes good ones. */
  readonly callError: (call: FailedCall) => OrielError;
  /** Absolute path of the new layer's folder, which CreateLayer has made. */
  readonly folder: string;
  /** The layers below, immediate parent first, base last; none for a base layer. */
  readonly parents: readonly LayerDescriptor[];
  /**
   * Absolute path of a folder that is not there yet, on the same volume; used for a layer on others, and gone when the
   * import is over.
   */
  readonly staging: string;
  readonly signal?: AbortSignal | undefined;
  /** Called about once per MiB, and at the end, with the bytes of the tar read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface ImportedLayer {
  /** Sum of the sizes of the files in the tar, bytes. */
  readonly size: number;
}

/**
 * Makes a Windows layer of a layer tar: a base layer as plain files, a later one through the transport format. Entries
 * are written as they arrive; nothing is held but names. Calls of the raw interface are made one after another, without
 * deadlines: give a `raw` that has them.
 *
 * When it throws, what it has made below `folder` is no layer, and the caller destroys it; the staging folder is gone.
 *
 * @throws InvalidArgumentError naming the entry, for a tar that is torn, hostile or no Windows layer; the signal's reason
 *   when cancelled; any other Oriel error from the raw interface or the file system.
 */
export async function importLayerTar(options: ImportLayerTarOptions): Promise<ImportedLayer> {
  const { folder, staging, parents } = options;
  const calls = new LayerCalls(options.raw, options.callError);
  const tree = new LayerTree();
  try {
    if (parents.length === 0) return await importInto(new BaseLayerTarget(calls, folder, tree), tree, options);
    const target = new LaterLayerTarget({ calls, folder, staging, parents }, tree);
    await target.open();
    try {
      return await importInto(target, tree, options);
    } finally {
      await target.dispose();
    }
  } catch (error) {
    throw tooLong(error, [folder, staging]) ?? toOrielError(error, "layer.import", folder);
  }
}

async function importInto(target: LayerTarget, tree: LayerTree, options: ImportLayerTarOptions): Promise<ImportedLayer> {
  const { tar, signal, onProgress } = options;
  const pool = new EntryPool();
  const builder = new LayerBuilder(target, tree, pool, options.folder);
  try {
    for await (const entry of readLayerTar(watchTar(tar, signal, onProgress))) await builder.add(entry);
    await builder.end();
    await pool.drain();
  } catch (error) {
    await builder.abandon();
    // An entry before the one at which the reading stopped may have failed meanwhile.
    await pool.drain();
    throw error;
  }
  throwIfCancelled(signal, "layer.import");
  await target.finish();
  return { size: builder.size };
}
