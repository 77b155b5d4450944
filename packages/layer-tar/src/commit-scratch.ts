import { toOrielError } from "@oriel/contracts";
import { exportLayer, type LayerSourceOptions } from "./export-layer-tar.ts";
import { LaterLayerTarget } from "./later-layer-target.ts";
import { LayerCalls, type RawLayerCalls } from "./layer-calls.ts";
import { LayerTree } from "./layer-tree.ts";
import type { TransportFiles } from "./transport-files.ts";
import { TransportOutline } from "./transport-outline.ts";
import { throwIfCancelled } from "./watched-tar.ts";

export interface CommitScratchOptions<T> {
  /** The scratch. */
  readonly source: LayerSourceOptions;
  /** What the layer is made with. */
  readonly raw: RawLayerCalls;
  /** Absolute path of the new layer's folder, which CreateLayer has made. */
  readonly folder: string;
  /** Begun when the layer is whole, and waited for: it has the time in which the staging folder is removed. */
  readonly whenWhole: () => Promise<T>;
}

/**
 * Makes a layer of what a scratch changes in those below it: ExportLayer writes the format that ImportLayer reads
 * (https://github.com/microsoft/hcsshim/blob/v0.12.9/internal/wclayer/exportlayer.go), so no tar is needed between, and
 * what no tar can hold is kept. As `importLayerTar` of what `exportLayerTar` gives, it leaves the removal of names and the
 * times of folders to nobody.
 *
 * When it throws, what it has made below `folder` is no layer, and the caller destroys it; the staging folder is gone.
 *
 * @returns what `whenWhole` does
 * @throws FailedPreconditionError for an export that is not whole; the signal's reason when cancelled; any other Oriel
 *   error from the raw interface or the file system.
 */
export async function commitScratch<T>(options: CommitScratchOptions<T>): Promise<T> {
  const { source, folder, whenWhole } = options;
  try {
    throwIfCancelled(source.signal, "layer.commit");
    let rest: Promise<T>;
    {
      await using exported = await exportLayer(source);
      await importExported(exported.transport, options);
      rest = whenWhole();
      // Its failure is told when it is waited for.
      rest.catch(() => {});
    }
    return await rest;
  } catch (error) {
    throw toOrielError(error, "layer.commit", folder);
  }
}

async function importExported(transport: TransportFiles, options: CommitScratchOptions<unknown>): Promise<void> {
  const { source, raw, folder } = options;
  const { callError, parents, staging, signal } = source;
  const tree = new LayerTree();
  const target = new LaterLayerTarget({ calls: new LayerCalls(raw, callError), folder, staging, parents }, tree);
  const outline = new TransportOutline(transport);
  const linked = new Map<string, string>();
  for await (const step of outline.steps()) {
    throwIfCancelled(signal, "layer.commit");
    const { kind, name } = step;
    if (kind !== "file") {
      target.addWhiteout({ kind, name });
      continue;
    }
    const { file } = step;
    const placement = tree.add(name, file.isFolder ? "directory" : "file");
    if (file.isFolder) target.addTimes(name, file.times);
    else if (file.identity !== undefined) {
      const first = linked.get(file.identity);
      linked.set(file.identity, first ?? name);
      // The format cannot say so: ImportLayer may make a file of each.
      if (first !== undefined) target.addHardLink({ kind: "hardlink", name, target: first }, placement);
    }
  }
  await outline.clean();
  await target.finish();
}
