import path from "node:path";
import { encodeStream, StreamId } from "@oriel/backup-stream";
import { securityOfFolder } from "./default-security.ts";
import { DirectoryTimes } from "./directory-times.ts";
import { basicInfoOf, type DescribedEntry, isDirectoryOnDisk } from "./entry-content.ts";
import { backupSink, type EntrySink } from "./entry-sink.ts";
import type { LayerCalls } from "./layer-calls.ts";
import { LayerFiles } from "./layer-files.ts";
import type { HardLinkEntry, WhiteoutEntry } from "./layer-tar-entry.ts";
import type { EntryForm, LayerTarget } from "./layer-target.ts";
import type { LayerTree, Placement } from "./layer-tree.ts";
import { malformedTar } from "./tar/tar-member.ts";

/** A layer with nothing below it: plain files in its folder, which Windows finishes by ProcessBaseImage. */
export class BaseLayerTarget implements LayerTarget {
  readonly #calls: LayerCalls;
  readonly #folder: string;
  readonly #tree: LayerTree;
  readonly #files: LayerFiles;
  readonly #times = new DirectoryTimes();

  constructor(calls: LayerCalls, folder: string, tree: LayerTree) {
    this.#calls = calls;
    this.#folder = folder;
    this.#tree = tree;
    this.#files = new LayerFiles(calls, folder);
  }

  async addFolder(name: string): Promise<void> {
    const folder = await this.#files.ensureDirectory(name);
    try {
      const security = securityOfFolder(name);
      if (security !== undefined) await folder.write(encodeStream({ id: StreamId.Security }, security));
    } finally {
      await folder.close();
    }
  }

  formOf(): EntryForm {
    return { head: new Uint8Array(0), format: "backup" };
  }

  async addEntry(entry: DescribedEntry, placement: Placement): Promise<EntrySink> {
    if (entry.kind === "directory") {
      this.#times.add(placement.path, basicInfoOf(entry));
      // CreateLayer may have made `Files` already.
      return backupSink(await this.#files.ensureDirectory(placement.path), basicInfoOf(entry));
    }
    return backupSink(await this.#files.create(placement.path, isDirectoryOnDisk(entry)), basicInfoOf(entry));
  }

  addHardLink(entry: HardLinkEntry, placement: Placement): { readonly target: string; make(): Promise<void> } {
    const target = this.#tree.get(entry.target);
    if (target === undefined || target.kind === "directory" || target.path === placement.path) {
      throw malformedTar(`is a hard link to ${entry.target}, which is no earlier file of this layer`, entry.name);
    }
    const make = () => this.#files.link(this.#files.pathOf(placement.path), this.#files.pathOf(target.path));
    return { target: target.path, make };
  }

  addWhiteout(entry: WhiteoutEntry): void {
    throw malformedTar("is taken away, but a base layer has nothing below it", entry.name);
  }

  async finish(): Promise<void> {
    if (this.#tree.get("Files") === undefined) throw malformedTar("is no Windows layer: it has nothing in Files/");
    this.#calls.check("ProcessBaseImage", this.#folder, await this.#calls.raw.layers.ProcessBaseImage(this.#folder), "layer");
    if (this.#tree.get("UtilityVM/Files") !== undefined) {
      const utilityVm = path.join(this.#folder, "UtilityVM");
      this.#calls.check("ProcessUtilityImage", utilityVm, await this.#calls.raw.layers.ProcessUtilityImage(utilityVm), "layer");
    }
    // Last, as these put disks beside the files.
    await this.#times.restore(this.#files);
  }
}
