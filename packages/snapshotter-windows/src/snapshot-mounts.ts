import path from "node:path";
import type { SnapshotMount } from "@oriel/contracts";
import type { SnapshotRecord } from "./snapshot-record.ts";
import { parseUnpackKey } from "./unpack-key.ts";

/** Name of the option that lists the folders below, as containerd's mounter reads it. */
const parentsOption = "parentLayerPaths=";

/**
 * How to reach a snapshot's content. One without parents is a folder: its `Files`, or the whole where a layer is unpacked.
 *
 * @param folder absolute path of the snapshot
 * @param parents absolute paths, immediate parent first
 */
export function mountsOf({ kind, name }: SnapshotRecord, folder: string, parents: readonly string[]): readonly SnapshotMount[] {
  const access = kind === "view" ? "ro" : "rw";
  if (parents.length > 0) {
    return [{ type: "windows-layer", source: folder, options: [access, `${parentsOption}${JSON.stringify(parents)}`] }];
  }
  const unpacking = kind === "active" && parseUnpackKey(name) !== undefined;
  return [{ type: "bind", source: unpacking ? folder : path.join(folder, "Files"), options: [access] }];
}
