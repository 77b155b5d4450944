import { win32 as windowsPath } from "node:path";
import { backup } from "../native/kernel32.ts";
import type { WindowsLibraries } from "./libraries.ts";

const INVALID_FILE_ATTRIBUTES = 0xffffffff;
const FILE_ATTRIBUTE_REPARSE_POINT = 0x400;

export interface Containment {
  /** FILE_ATTRIBUTE_* of what is at a path, a link itself; undefined where there is nothing, or it is not to be seen. */
  attributesOf(path: string): number | undefined;
  /** `path` in the form that has no length limit; undefined for one that is not below `root`, or that a link would lead out. */
  below(root: string, path: string): string | undefined;
  /** The same, for a path that may be `root` itself. */
  within(root: string, path: string): string | undefined;
  /** The same for a file of this layer or of another: no link on the way from the folder that both layers lie in. */
  beside(root: string, path: string): string | undefined;
}

export function isLink(attributes: number | undefined): boolean {
  return attributes !== undefined && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0;
}

/** Keeps paths within the folders of layers. */
export function createContainment(libraries: Pick<WindowsLibraries, "backup">): Containment {
  const { GetFileAttributesW } = backup(libraries.backup);

  const attributesOf = (path: string): number | undefined => {
    const attributes = Number(GetFileAttributesW(path));
    return attributes === INVALID_FILE_ATTRIBUTES ? undefined : attributes;
  };
  const underLinkless = (top: string, target: string): string | undefined => {
    const rest = windowsPath.relative(top, target);
    // A colon below the root would name an alternate data stream.
    if (windowsPath.isAbsolute(rest) || rest.split("\\")[0] === ".." || rest.includes(":")) return undefined;
    let folder = top;
    for (const part of rest.split("\\").slice(0, -1)) {
      folder = windowsPath.join(folder, part);
      if (isLink(attributesOf(windowsPath.toNamespacedPath(folder)))) return undefined;
    }
    return windowsPath.toNamespacedPath(target);
  };
  const within = (root: string, path: string): string | undefined => underLinkless(windowsPath.resolve(root), windowsPath.resolve(path));

  return {
    attributesOf,
    within,
    below: (root, path) => (windowsPath.resolve(root) === windowsPath.resolve(path) ? undefined : within(root, path)),
    beside: (root, path) => {
      const target = windowsPath.resolve(path);
      return underLinkless(commonFolder(windowsPath.resolve(root), target), target);
    },
  };
}

/** The deepest folder that holds both; the root of the drive of `b` where they share nothing. */
function commonFolder(a: string, b: string): string {
  let folder = windowsPath.dirname(b);
  while (folder !== windowsPath.dirname(folder) && !`${a.toLowerCase()}\\`.startsWith(`${folder.toLowerCase()}\\`)) {
    folder = windowsPath.dirname(folder);
  }
  return folder;
}
