import { mkdirSync } from "node:fs";
import { type LayerDescriptor, type OrielError, toOrielError } from "@oriel/contracts";
import { BaseLayerSource } from "./base-layer-source.ts";
import { type ExportedFile, entriesOf, LinkedNames } from "./exported-file.ts";
import { type FailedCall, LayerCalls, type RawExportCalls } from "./layer-calls.ts";
import type { LayerTarEntry } from "./layer-tar-entry.ts";
import { removeFolder } from "./remove-folder.ts";
import { SourceFiles } from "./source-files.ts";
import { TransportFiles } from "./transport-files.ts";
import { TransportFolder } from "./transport-folder.ts";
import type { WalkStep } from "./walk-layer.ts";
import { throwIfCancelled } from "./watched-tar.ts";
import { writeLayerTar } from "./write-layer-tar.ts";

/** Callers give whole paths as ids, so there is no home directory. */
const driver = { flavour: 1, homeDir: "" } as const;

/** Which layer to read, and how. */
export interface LayerSourceOptions {
  readonly raw: RawExportCalls;
  /** The error to throw for a failed call; `hresultError` of `@oriel/hcs-bindings` makes good ones. */
  readonly callError: (call: FailedCall) => OrielError;
  /** Absolute path of the folder of the layer, or of a scratch that is activated and not prepared. */
  readonly folder: string;
  /** The layers below, immediate parent first, base last; none for a base layer. */
  readonly parents: readonly LayerDescriptor[];
  /** Absolute path of a folder that is not there yet; used for what stands on other layers, and gone when all is done. */
  readonly staging: string;
  /** Removes that folder. @default removes it and waits for that */
  readonly discardStaging?: ((folder: string) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportLayerTarOptions extends LayerSourceOptions {
  /** Called about once per MiB, and at the end, with the bytes of the tar given out so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * A layer or scratch as an uncompressed layer tar, which `importLayerTar` takes on the same parents. The same files give
 * the same bytes. It is read as fast as the tar is; the iteration may be left at any time, and whatever happens no file
 * stays open and the staging folder is gone when it has ended.
 *
 * Calls of the raw interface are made without deadlines, and the signal is looked at between them: give a `raw` that has
 * deadlines. Up to eight files are open at once.
 *
 * @throws FailedPreconditionError naming the file, for what no tar can hold; the signal's reason when cancelled
 *   (an UnavailableError unless it is one of Oriel's); any other Oriel error from the raw interface or the file system.
 */
export async function* exportLayerTar(options: ExportLayerTarOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { folder, signal, onProgress } = options;
  const step = 1024 * 1024;
  let given = 0;
  let reported = 0;
  try {
    throwIfCancelled(signal, "layer.export");
    for await (const piece of writeLayerTar(readLayer(options))) {
      throwIfCancelled(signal, "layer.export");
      given += piece.length;
      if (given - reported >= step) {
        reported = given;
        onProgress?.(given);
      }
      yield piece;
    }
    if (given > reported) onProgress?.(given);
  } catch (error) {
    throw toOrielError(error, "layer.export", folder);
  }
}

async function* readLayer(options: ExportLayerTarOptions): AsyncGenerator<LayerTarEntry, void, undefined> {
  const calls = new LayerCalls(options.raw, options.callError);
  if (options.parents.length === 0) {
    yield* toEntries(new BaseLayerSource(new SourceFiles(calls, options.folder)).walk(), options.signal);
    return;
  }
  await using exported = await exportLayer(options);
  yield* toEntries((await TransportFolder.open(exported.transport)).exported(), options.signal);
}

async function* toEntries(
  steps: AsyncIterable<WalkStep<ExportedFile>>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LayerTarEntry, void, undefined> {
  const names = new LinkedNames();
  for await (const step of steps) {
    throwIfCancelled(signal, "layer.export");
    if (step.kind !== "file") {
      yield { kind: step.kind, name: step.name };
      continue;
    }
    const target = names.earlier(step.name, step.file.facts);
    if (target === undefined) yield* entriesOf(step.name, step.file);
    else yield { kind: "hardlink", name: step.name, target };
  }
}

/** What ExportLayer makes of a layer on others. Disposing it removes the staging folder. */
export async function exportLayer(options: LayerSourceOptions): Promise<AsyncDisposable & { readonly transport: TransportFiles }> {
  const { raw, callError, folder, parents, staging, discardStaging = removeFolder } = options;
  const calls = new LayerCalls(raw, callError);
  const dispose = () => discardStaging(staging);
  // At once: to wait for a thread takes longer.
  mkdirSync(staging);
  try {
    const answer = await raw.layers.ExportLayer(driver, folder, staging, parents);
    calls.check("ExportLayer", folder, answer, "layer");
    return { transport: new TransportFiles(new SourceFiles(calls, staging)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
