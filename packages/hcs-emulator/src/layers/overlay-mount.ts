import { closeSync, constants, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import type { LayerMetadata } from "../files/layer-metadata.ts";
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
export const overlayNames = { upper: "upper", work: "work", root: "root" } as const;

/** Absolute paths of them. */
export function overlayFoldersOf(scratch: string): Record<keyof typeof overlayNames, string> {
  const own = ownFolderOf(scratch);
  const { upper, work, root } = overlayNames;
  return { upper: path.join(own, upper), work: path.join(own, work), root: path.join(own, root) };
}

/** What became of an attempt to mount. */
export interface OverlayMount {
  readonly mounted: boolean;
  /** Folders that are, or are to be, laid under the scratch, the uppermost first. */
  readonly lower: readonly string[];
}

/** Lays the layers below under a scratch, unless that is for mount(8) to do. Synchronous. */
export function attachOverlay(system: Posix, metadata: LayerMetadata, scratch: string, parents: readonly string[]): OverlayMount {
  writeParents(scratch, parents);
  const { root, upper, work } = overlayFoldersOf(scratch);
  for (const folder of [root, upper, work]) mkdirSync(folder, { recursive: true });
  // Below the layer's own files and above its parents': it hides what they have.
  const lower = parents.flatMap((parent) => [filesOf(parent), whiteoutFolder(system, metadata, parent) ?? []].flat());
  return { mounted: mountOverlay(system, root, { lower, upper, work }), lower };
}

/** What the options of a mount may have: a page, with the zero at its end. */
const mostOptions = 4095;
/** O_PATH (asm-generic/fcntl.h): to name it, not to read it. */
const pathOnly = 0o10000000;

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
    const descriptor = openSync(folder, constants.O_DIRECTORY | pathOnly);
    open.push(descriptor);
    return `/proc/self/fd/${descriptor}`;
  };
  try {
    const options = overlayOptions({ lower: lower.map(name), upper: name(upper), work: name(work) });
    return options.length <= mostOptions && system.mountOverlay(target, options) === undefined;
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

/** Answers whether nothing is mounted there now. Synchronous. */
export function unmountOverlay(system: Posix, target: string): boolean {
  const failure = system.unmount(target, false);
  // A process of the host looks into it.
  if (failure === "EBUSY") return system.unmount(target, true) === undefined;
  return failure === undefined || failure === "EINVAL" || failure === "ENOENT";
}
