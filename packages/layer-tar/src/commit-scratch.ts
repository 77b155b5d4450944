import { toOrielError } from "@oriel/core";
import { exportLayer, type LayerSourceOptions } from "./export-layer-tar.ts";
import { LaterLayerTarget } from "./later-layer-target.ts";
import { LayerCalls, type RawLayerCalls } from "./layer-calls.ts";
import { LayerTree } from "./layer-tree.ts";
import { TransportOutline } from "./transport-outline.ts";
import { throwIfCancelled } from "./watched-tar.ts";

export interface CommitScratchOptions {
  /** The scratch. */
  readonly source: LayerSourceOptions;
  /** What the layer is made with. */
  readonly raw: RawLayerCalls;
  /** Absolute path of the new layer's folder, which CreateLayer has made. */
  readonly folder: string;
}

/**
 * Makes a layer of what a scratch changes in those below it: ExportLayer writes the format that ImportLayer reads
 * (https://github.com/microsoft/hcsshim/blob/v0.12.9/internal/wclayer/exportlayer.go), so no tar is needed between, and
 * what no tar can hold is kept. As `importLayerTar` of what `exportLayerTar` gives, it leaves the removal of names and the
 * times of folders to nobody.
 *
 * When it throws, what it has made below `folder` is no layer, and the caller destroys it; the staging folder is gone.
 *
 * @throws FailedPreconditionError for an export that is not whole; the signal's reason when cancelled; any other Oriel
 *   error from the raw interface or the file system.
 */
export async function commitScratch({ source, raw, folder }: CommitScratchOptions): Promise<void> {
  const { callError, parents, staging, signal } = source;
  const tree = new LayerTree();
  const target = new LaterLayerTarget({ calls: new LayerCalls(raw, callError), folder, staging, parents }, tree);
  try {
    throwIfCancelled(signal, "layer.commit");
    await using exported = await exportLayer(source);
    const outline = new TransportOutline(exported.transport);
    for await (const step of outline.steps()) {
      throwIfCancelled(signal, "layer.commit");
      const { kind, name } = step;
      if (kind !== "file") {
        target.addWhiteout({ kind, name });
        continue;
      }
      tree.add(name, step.file.isFolder ? "directory" : "file");
      if (step.file.isFolder) target.addTimes(name, step.file.times);
    }
    await outline.clean();
    await target.finish();
  } catch (error) {
    throw toOrielError(error, "layer.commit", folder);
  }
}
