import type { DescribedEntry } from "./entry-content.ts";
import type { EntrySink } from "./entry-sink.ts";
import type { HardLinkEntry, WhiteoutEntry } from "./layer-tar-entry.ts";
import type { Placement } from "./layer-tree.ts";

/** A layer in the making. Names are checked and placed by then; what is made twice never arrives here. */
export interface LayerTarget {
  /** Makes a folder that entries lie in and that has had no entry of its own. */
  addFolder(name: string): Promise<void>;
  addEntry(entry: DescribedEntry, placement: Placement): Promise<EntrySink>;
  addHardLink(entry: HardLinkEntry, placement: Placement): Promise<void>;
  addWhiteout(entry: WhiteoutEntry): Promise<void>;
  /** Makes a layer of what was added. */
  finish(): Promise<void>;
}
