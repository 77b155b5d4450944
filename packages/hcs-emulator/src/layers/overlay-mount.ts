import { closeSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import { closeTree, openMappedTree, openToName, placeTree } from "../native/mapped-mounts.ts";
import type { Posix } from "../native/posix.ts";
import { filesOf, ownFolderOf } from "./layer-folder.ts";
import { writeParents } from "./lineage.ts";
import { whiteoutFolder } from "./whiteouts.ts";

/** Folders of an overlay mount, the uppermost of the lower ones first. */
export interface OverlayFolders {
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/** Folders below a scratch's `.oriel`. */
export const overlayNames = { upper: "upper", work: "work", root: "root", mapped: "mapped" } as const;

/** Absolute paths of them. */
export function overlayFoldersOf(scratch: string): Record<keyof typeof overlayNames, string> {
  const own = ownFolderOf(scratch);
  const { upper, work, root, mapped } = overlayNames;
  return { upper: path.join(own, upper), work: path.join(own, work), root: path.join(own, root), mapped: path.join(own, mapped) };
}

/** What became of an attempt to mount. */
export interface OverlayMount {
  readonly mounted: boolean;
  /** Folders that are, or are to be, laid under the scratch, the uppermost first. */
  readonly lower: readonly string[];
}

/**
 * Lays the layers below under a scratch, unless that is for mount(8) to do. Synchronous.
 * @param names descriptor of a user name space by whose numbers the owners of files are seen; undefined: as they are
 */
export function attachOverlay(
  system: Posix,
  metadata: LayerMetadata,
  scratch: string,
  parents: readonly string[],
  names?: number,
): OverlayMount {
  writeParents(scratch, parents);
  const { root, upper, work } = overlayFoldersOf(scratch);
  for (const folder of [root, upper, work]) mkdirSync(folder, { recursive: true });
  // Below the layer's own files and above its parents': it hides what they have.
  const lower = parents.flatMap((parent) => [filesOf(parent), whiteoutFolder(system, metadata, parent) ?? []].flat());
  const mounted = names === undefined ? mountOverlay(system, root, { lower, upper, work }) : mountMapped(system, scratch, lower, names);
  return { mounted, lower };
}

/** What the options of a mount may have: a page, with the zero at its end. */
const maxOptions = 4095;

/** Folders can be renamed in it; and what is in the upper folder is whole, whatever the kernel's defaults. */
export function overlayOptions({ lower, upper, work }: OverlayFolders): string {
  return `lowerdir=${lower.join(":")},upperdir=${upper},workdir=${work},redirect_dir=on,metacopy=off`;
}

/**
 * Mounts without mount(8), which takes longer to start than the kernel needs. The folders are named by descriptors: that
 * is short, and nothing in their own names means something in the options. Answers whether that could be done.
 * Synchronous.
 */
function mountOverlay(system: Posix, target: string, { lower, upper, work }: OverlayFolders): boolean {
  const open: number[] = [];
  const name = (folder: string): string => {
    const descriptor = openToName(folder);
    open.push(descriptor);
    return descriptorPath(descriptor);
  };
  try {
    const options = overlayOptions({ lower: lower.map(name), upper: name(upper), work: name(work) });
    return options.length <= maxOptions && system.mountOverlay(target, options) === undefined;
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/**
 * The same, with the owners of all files by other numbers. An overlay takes over how its folders are mounted, but before Linux
 * 6.15 only from mounts that are somewhere: each is put into a folder of the scratch until the overlay has its copy of it.
 * @throws Error where that cannot be done; mount(8) cannot either
 */
function mountMapped(system: Posix, scratch: string, lower: readonly string[], names: number): boolean {
  const { root, mapped } = overlayFoldersOf(scratch);
  mkdirSync(mapped, { recursive: true });
  const trees: number[] = [];
  let placed = 0;
  const place = (folder: string): string => {
    const tree = openMappedTree(folder, names);
    trees.push(tree);
    placeTree(tree, mapped);
    placed += 1;
    return descriptorPath(tree);
  };
  try {
    const own = place(ownFolderOf(scratch));
    const folders = { lower: lower.map(place), upper: `${own}/${overlayNames.upper}`, work: `${own}/${overlayNames.work}` };
    const options = overlayOptions(folders);
    if (options.length > maxOptions) throw new Error(`${scratch} has ${lower.length} layers, which are too many for one mount`);
    const failure = system.mountOverlay(root, options);
    if (failure !== undefined) throw new Error(`${failure}: the layers of ${scratch} could not be mounted`);
    return true;
  } finally {
    for (; placed > 0; placed -= 1) system.unmount(mapped, true);
    trees.forEach(closeTree);
  }
}

/** Returns whether nothing is mounted there now. Synchronous. */
export function unmountOverlay(system: Posix, target: string): boolean {
  const failure = system.unmount(target, false);
  // A process of the host looks into it.
  if (failure === "EBUSY") return system.unmount(target, true) === undefined;
  return failure === undefined || failure === "EINVAL" || failure === "ENOENT";
}
