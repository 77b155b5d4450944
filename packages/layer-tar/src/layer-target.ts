import type { DescribedEntry } from "./entry-content.ts";
import type { EntrySink } from "./entry-sink.ts";
import type { HardLinkEntry, WhiteoutEntry } from "./layer-tar-entry.ts";
import type { Placement } from "./layer-tree.ts";

/** How the bytes of an entry look. */
export interface EntryForm {
  /** What stands before all others. */
  readonly head: Uint8Array;
  /** `backup`: a backup stream follows. `plain`: the data alone does. */
  readonly format: "backup" | "plain";
}

/**
 * A layer in the making. Names are checked and placed by then; what is made twice never arrives here. Several entries
 * are made at once, each after its folder.
 */
export interface LayerTarget {
  /** Makes a folder that entries lie in and that has had no entry of its own. */
  addFolder(name: string): Promise<void>;
  /** @throws InvalidArgumentError naming the entry, for what cannot stand at its place */
  formOf(entry: DescribedEntry, placement: Placement): EntryForm;
  /** @param size of all that will be written to it, where that is known */
  addEntry(entry: DescribedEntry, placement: Placement, size?: number): Promise<EntrySink>;
  /**
   * Returns the earlier file of this layer that must be made before, and how to make the link then; undefined where
   * that is done when all else is there.
   */
  addHardLink(entry: HardLinkEntry, placement: Placement): { readonly target: string; make(): Promise<void> } | undefined;
  addWhiteout(entry: WhiteoutEntry): void;
  /** Makes a layer of what was added. */
  finish(): Promise<void>;
}
