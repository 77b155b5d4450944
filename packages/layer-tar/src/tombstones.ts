import { foldName } from "@oriel/contracts";
import { listInLayer } from "./layer-lookup.ts";
import type { WhiteoutEntry } from "./layer-tar-entry.ts";
import type { LayerTree } from "./layer-tree.ts";

/**
 * The names that a layer takes away from those below. A whiteout speaks of the layers below only, wherever it stands in
 * the tar (OCI image specification): a file of this layer stays, and a directory of this layer keeps what it has of its
 * own and hides all else, as an opaque one does.
 *
 * @param lower folders in which to look for what an opaque directory hides
 * @returns names with `/`, outermost only, in a stable order
 */
export async function expandWhiteouts(whiteouts: readonly WhiteoutEntry[], tree: LayerTree, lower: readonly string[]): Promise<string[]> {
  const gone = new Map<string, string>();
  const hide = async (name: string): Promise<void> => {
    const own = tree.get(name);
    if (own === undefined) gone.set(foldName(name), name);
    else if (own.kind === "directory") await empty(name);
  };
  const empty = async (name: string): Promise<void> => {
    for (const layer of lower) {
      for (const child of await listInLayer(layer, name)) await hide(`${name}/${child}`);
    }
  };
  for (const { kind, name } of whiteouts) await (kind === "opaque" ? empty(name) : hide(name));
  const outermost = [...gone].filter(([key]) => !foldersAbove(key).some((folder) => gone.has(folder)));
  return outermost.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}

function foldersAbove(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
