import { linkSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import { copyFile } from "./copy-tree.ts";
import { ownFolderOf } from "./layer-folder.ts";
import { writeParents } from "./lineage.ts";
import { type MergedNode, MergedView } from "./merged-view.ts";
import type { Rootfs } from "./rootfs.ts";

/** Names in a scratch's own folder: the copy, and a file whose change time says when it was whole. */
const names = { root: "root", copied: "copied" } as const;

export function copyFolderOf(scratch: string): string {
  return path.join(ownFolderOf(scratch), names.root);
}

/**
 * The root as a copy of all layers, made on the first start and kept: for hosts that do not let us mount. Where the file
 * system can share blocks (reflink) the copy takes no room; hard links would let a container write into its image.
 *
 * @param copy runs `copyRoot` on a thread of its own
 */
export function copyRootfs(copy: (scratch: string, parents: readonly string[]) => Promise<void>): Rootfs {
  return {
    kind: "copy",
    attach: async ({ scratch, parents }) => {
      await copy(scratch, parents);
      return copyFolderOf(scratch);
    },
    detach: async () => undefined,
  };
}

/** Makes the copy unless it is there. Synchronous. */
export function copyRoot(metadata: LayerMetadata, scratch: string, parents: readonly string[]): void {
  writeParents(scratch, parents);
  const root = copyFolderOf(scratch);
  if (copiedAt(scratch) !== undefined) return;
  const unfinished = `${root}.new`;
  for (const old of [root, unfinished]) rmSync(old, { recursive: true, force: true });
  const view = new MergedView(parents);
  const linked = new Map<string, string>();
  const copyNode = (node: MergedNode, to: string): void => {
    if (!node.isFolder) {
      copyOnce(metadata, linked, node, scratch, to);
      return;
    }
    mkdirSync(to, { recursive: true });
    for (const child of view.children(node).values()) copyNode(child, path.join(to, child.name));
    metadata.copy(node.layer, node.file, scratch, to);
  };
  copyNode(view.root, unfinished);
  renameSync(unfinished, root);
  writeFileSync(path.join(ownFolderOf(scratch), names.copied), "");
  waitForNextTime(path.join(ownFolderOf(scratch), names.copied));
}

/** All names of one file stay names of one file. */
function copyOnce(metadata: LayerMetadata, linked: Map<string, string>, node: MergedNode, scratch: string, to: string): void {
  const { nlink, dev, ino } = lstatSync(node.file, { bigint: true });
  const key = `${dev}:${ino}`;
  const first = nlink > 1n ? linked.get(key) : undefined;
  if (first !== undefined) {
    linkSync(first, to);
    return;
  }
  copyFile(metadata, node.layer, node.file, scratch, to);
  if (nlink > 1n) linked.set(key, to);
}

/** When the copy of a scratch was whole; undefined where nobody knows. */
export function copiedAt(scratch: string): bigint | undefined {
  return lstatSync(path.join(ownFolderOf(scratch), names.copied), { bigint: true, throwIfNoEntry: false })?.ctimeNs;
}

/** The kernel's clock for files stands still for some milliseconds at a time: what is changed next must be later. */
function waitForNextTime(file: string): void {
  const { ctimeNs } = lstatSync(file, { bigint: true });
  const probe = `${file}.probe`;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  do {
    Atomics.wait(pause, 0, 0, 2);
    writeFileSync(probe, "");
  } while (lstatSync(probe, { bigint: true }).ctimeNs <= ctimeNs);
  rmSync(probe);
}
