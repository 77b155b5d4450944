import { closeSync, type Dirent, lstatSync, readdirSync, readlinkSync, readSync } from "node:fs";
import path from "node:path";
import { foldName } from "@oriel/contracts";
import { openForReading } from "../files/file-calls.ts";
import type { FileDescription, LayerMetadata } from "../files/layer-metadata.ts";
import { isAlternateStream } from "../files/layer-paths.ts";
import { encodeExtras } from "../files/metadata.ts";
import type { Posix } from "../native/posix.ts";
import type { MergedNode, MergedView } from "./merged-view.ts";
import type { TransportWriter } from "./transport-writer.ts";

/** How a scratch keeps its files. */
export interface ScratchFiles {
  readonly kind: "overlay" | "copy";
  /** The upper folder of the overlay, or the whole copy; it may not be there yet. */
  readonly folder: string;
  /** Of a copy: when it was whole, nanoseconds since 1970. What has an older change time nobody has touched since. */
  readonly copiedAt: bigint | undefined;
}

export interface ScratchExport {
  readonly system: Posix;
  readonly metadata: LayerMetadata;
  readonly writer: TransportWriter;
  /** Of the layers below. */
  readonly view: MergedView;
  readonly layer: string;
  readonly scratch: ScratchFiles;
}

/** Wine's registry, which the emulator keeps in the files of a container, and no program made. */
const internals: ReadonlySet<string> = new Set(["WINDOWS/SYSTEM32/CONFIG/WINE"]);

/** What a container shows at a name: a file of the scratch, or one that it has of the layers below. */
type Shown = { readonly name: string; readonly isFolder: boolean } & (
  | { readonly file: string; readonly below: MergedNode | undefined }
  | { readonly file: undefined; readonly below: MergedNode }
);

/**
 * Writes what a scratch really changed. A container shows the files of the scratch, and of the layers below what they do
 * not hide; that is compared with what those layers have at the same names. So a folder that was renamed is gone under its
 * old name and whole under the new one, and a file that was only opened for writing is no change. Synchronous.
 * @returns the names of alternate streams, which are left out
 */
export function exportScratch(options: ScratchExport): readonly string[] {
  const walk = new ScratchWalk(options);
  walk.run();
  return walk.leftOut;
}

class ScratchWalk {
  readonly #options: ScratchExport;
  readonly leftOut: string[] = [];

  constructor(options: ScratchExport) {
    this.#options = options;
  }

  run(): void {
    const { view, scratch, writer, metadata, layer } = this.#options;
    const { file, layer: root } = view.root;
    const own = isThere(scratch.folder) ? scratch.folder : undefined;
    const from = own ?? file;
    writer.directory("", {
      root: own === undefined ? root : layer,
      file: from,
      description: metadata.describe(own === undefined ? root : layer, from),
    });
    if (own === undefined) return;
    // A copy shows nothing but itself.
    this.#folder(own, scratch.kind === "copy" ? undefined : view.root, view.root, "", () => undefined);
  }

  /**
   * @param own folder of the scratch
   * @param below folder whose files are to be seen through it
   * @param former what the layers below have at this name
   * @param begin writes the folder itself; called before anything in it is written, any number of times
   */
  #folder(own: string | undefined, below: MergedNode | undefined, former: MergedNode | undefined, name: string, begin: () => void): void {
    const { view, writer } = this.#options;
    const { shown, hidden } = this.#show(own, below);
    const same = below === former;
    for (const [folded, child] of former === undefined ? [] : view.children(former)) {
      const seen = shown.has(folded) || (same && !hidden.has(folded));
      if (seen || isInternal(child.spelling)) continue;
      begin();
      writer.tombstone(child.spelling);
    }
    for (const [folded, child] of shown) {
      const full = name === "" ? child.name : `${name}/${child.name}`;
      const before = former === undefined ? undefined : view.children(former).get(folded);
      // Nobody touched what is seen where it always was.
      if (isInternal(full) || (child.file === undefined && child.below === before)) continue;
      if (child.isFolder) this.#childFolder(child, before, full, begin);
      else this.#childFile(child, before, full, begin);
    }
  }

  #childFolder(child: Shown, before: MergedNode | undefined, name: string, begin: () => void): void {
    const { writer } = this.#options;
    const { root, file, description } = this.#entryOf(child, before);
    let written = false;
    const beginThis = (): void => {
      if (written) return;
      written = true;
      begin();
      writer.directory(name, { root, file, description });
    };
    const former = before?.isFolder === true ? before : undefined;
    if (former === undefined || this.#differs(root, file, description, former)) beginThis();
    this.#folder(child.file, child.below?.isFolder === true ? child.below : undefined, former, name, beginThis);
  }

  #childFile(child: Shown, before: MergedNode | undefined, name: string, begin: () => void): void {
    const entry = this.#entryOf(child, before);
    const { root, file, description } = entry;
    const former = before?.isFolder === false ? before : undefined;
    if (former !== undefined && this.#isUntouched(root, file, description, former)) return;
    begin();
    this.#options.writer.file(name, entry);
  }

  #entryOf(child: Shown, before: MergedNode | undefined): { root: string; file: string; description: FileDescription } {
    const { metadata, layer } = this.#options;
    if (child.file === undefined) {
      const { layer: root, file } = child.below;
      return { root, file, description: metadata.describe(root, file) };
    }
    return { root: layer, file: child.file, description: this.#describeOwn(child.file, before) };
  }

  /** Where the host keeps no metadata with the file, a file that was written to still has what it had in the layer below. */
  #describeOwn(file: string, before: MergedNode | undefined): FileDescription {
    const { metadata, layer } = this.#options;
    const description = metadata.describe(layer, file);
    const same = before !== undefined && before.isFolder === description.stats.isDirectory();
    if (!same || description.isKept || metadata.goesWithFiles(layer)) return description;
    metadata.inherit(before.layer, before.file, layer, file);
    return metadata.describe(layer, file);
  }

  /** What a folder of the scratch and the layers below show together. */
  #show(own: string | undefined, below: MergedNode | undefined): { shown: Map<string, Shown>; hidden: Set<string> } {
    const { view, scratch } = this.#options;
    const shown = new Map<string, Shown>();
    const hidden = new Set<string>();
    for (const entry of own === undefined ? [] : readdirSync(own, { withFileTypes: true })) {
      const folded = foldName(entry.name);
      const file = path.join(own ?? "", entry.name);
      if (isAlternateStream(entry.name)) this.leftOut.push(path.relative(scratch.folder, file));
      else if (scratch.kind === "overlay" && isWhiteout(entry, file)) hidden.add(folded);
      else if (entry.isDirectory()) {
        shown.set(folded, { name: entry.name, isFolder: true, file, below: this.#below(file, view.child(below, entry.name), below) });
      } else if (entry.isFile() || entry.isSymbolicLink()) shown.set(folded, { name: entry.name, isFolder: false, file, below: undefined });
    }
    for (const [folded, node] of below === undefined ? [] : view.children(below)) {
      if (!shown.has(folded) && !hidden.has(folded))
        shown.set(folded, { name: node.name, isFolder: node.isFolder, file: undefined, below: node });
    }
    return { shown, hidden };
  }

  /** What is seen through a folder of an overlay's upper layer: nothing when it is opaque, another one when it was renamed. */
  #below(folder: string, usual: MergedNode | undefined, parent: MergedNode | undefined): MergedNode | undefined {
    const { system, view, scratch } = this.#options;
    if (scratch.kind === "copy") return undefined;
    if (system.getAttribute(folder, "trusted.overlay.opaque")?.toString() === "y") return undefined;
    const redirect = system.getAttribute(folder, "trusted.overlay.redirect")?.toString();
    if (redirect === undefined) return usual;
    return redirect.startsWith("/") ? view.find(redirect.slice(1).split("/")) : view.child(parent, redirect);
  }

  #differs(root: string, file: string, description: FileDescription, former: MergedNode): boolean {
    const { metadata } = this.#options;
    const before = metadata.describe(former.layer, former.file);
    if (before.attributes !== description.attributes) return true;
    if (before.isKept && description.isKept && before.creationTime !== description.creationTime) return true;
    if (!before.hasExtras && !description.hasExtras) return false;
    const [old, now] = [metadata.extras(former.layer, former.file, before), metadata.extras(root, file, description)];
    return !encodeExtras(old).equals(encodeExtras(now));
  }

  #isUntouched(root: string, file: string, description: FileDescription, former: MergedNode): boolean {
    const { copiedAt } = this.#options.scratch;
    const { stats } = description;
    if (copiedAt !== undefined && stats.ctimeNs <= copiedAt) return true;
    const old = lstatSync(former.file, { bigint: true });
    if (old.isSymbolicLink() !== stats.isSymbolicLink() || old.size !== stats.size || old.mtimeNs !== stats.mtimeNs) return false;
    if (this.#differs(root, file, description, former)) return false;
    return stats.isSymbolicLink() ? readlinkSync(file) === readlinkSync(former.file) : sameContent(file, former.file);
  }
}

function isInternal(name: string): boolean {
  return internals.has(foldName(name));
}

function isThere(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
}

/** A character device 0:0 (Documentation/filesystems/overlayfs.rst of Linux). */
function isWhiteout(entry: Dirent, file: string): boolean {
  return entry.isCharacterDevice() && lstatSync(file).rdev === 0;
}

const bufferSize = 256 * 1024;

/** Programs can set back the time of a file that they have written to. */
function sameContent(a: string, b: string): boolean {
  const [left, right] = [Buffer.allocUnsafe(bufferSize), Buffer.allocUnsafe(bufferSize)];
  const first = openForReading(a);
  try {
    const second = openForReading(b);
    try {
      for (;;) {
        const size = readSync(first, left);
        if (readSync(second, right) !== size) return false;
        if (size === 0) return true;
        if (left.compare(right, 0, size, 0, size) !== 0) return false;
      }
    } finally {
      closeSync(second);
    }
  } finally {
    closeSync(first);
  }
}
