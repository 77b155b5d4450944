import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import type { BasicInfo, LayerDescriptor } from "@oriel/contracts";
import { DirectoryTimes } from "./directory-times.ts";
import { attributesOf, basicInfoOf, type DescribedEntry, isDirectoryOnDisk } from "./entry-content.ts";
import { directoryMarker, isWithin } from "./entry-name.ts";
import { type EntrySink, stagedSink } from "./entry-sink.ts";
import type { LayerCalls } from "./layer-calls.ts";
import { LayerFiles } from "./layer-files.ts";
import { FolderListings, findInLayer } from "./layer-lookup.ts";
import type { HardLinkEntry, WhiteoutEntry } from "./layer-tar-entry.ts";
import type { EntryForm, LayerTarget } from "./layer-target.ts";
import type { LayerTree, Placement } from "./layer-tree.ts";
import { removeFolder } from "./remove-folder.ts";
import { malformedTar } from "./tar/tar-member.ts";
import { expandWhiteouts } from "./tombstones.ts";
import { UtilityVmFolder } from "./utility-vm.ts";

/** Callers give whole paths as ids, so there is no home directory. */
const driver = { flavour: 1, homeDir: "" } as const;

interface PendingLink {
  readonly entry: HardLinkEntry;
  readonly path: string;
}

export interface LaterLayerOptions {
  readonly calls: LayerCalls;
  /** The layer's folder. */
  readonly folder: string;
  /** A folder that is not there yet; removed by `dispose`. */
  readonly staging: string;
  /** Immediate parent first, base last. */
  readonly parents: readonly LayerDescriptor[];
}

/**
 * A layer on others: staged in transport format, from which ImportLayer makes it; what the layer takes away and hard
 * links, which that format cannot say, follow afterwards in the layer's folder.
 */
export class LaterLayerTarget implements LayerTarget {
  readonly #options: LaterLayerOptions;
  readonly #tree: LayerTree;
  readonly #staged: LayerFiles;
  readonly #layer: LayerFiles;
  readonly #utilityVm: UtilityVmFolder;
  readonly #times = new DirectoryTimes();
  readonly #links: PendingLink[] = [];
  readonly #whiteouts: WhiteoutEntry[] = [];

  constructor(options: LaterLayerOptions, tree: LayerTree) {
    this.#options = options;
    this.#tree = tree;
    this.#staged = new LayerFiles(options.calls, options.staging);
    this.#layer = new LayerFiles(options.calls, options.folder);
    this.#utilityVm = new UtilityVmFolder(this.#layer, this.#parentFolders);
  }

  get #parentFolders(): string[] {
    return this.#options.parents.map((parent) => parent.path);
  }

  async open(): Promise<void> {
    await mkdir(this.#options.staging);
  }

  async dispose(): Promise<void> {
    await removeFolder(this.#options.staging);
  }

  async addFolder(name: string): Promise<void> {
    if (isUtilityVm(name)) return this.#utilityVm.addFolder(name);
    await mkdir(this.#staged.pathOf(name));
    await writeFile(this.#staged.pathOf(`${name}${directoryMarker}`), attributeBytes(FileAttribute.Directory), { flag: "wx" });
  }

  formOf(entry: DescribedEntry, { path: name }: Placement): EntryForm {
    if (isUtilityVm(name)) return { head: new Uint8Array(0), format: "backup" };
    // Hives are real files in transport format: HCS merges them and has no use for their metadata.
    if (isWithin(name, "Hives") && !isDirectoryOnDisk(entry)) {
      if (entry.kind !== "file") throw malformedTar("is a link among the hives", entry.name);
      return { head: new Uint8Array(0), format: "plain" };
    }
    return { head: attributeBytes(attributesOf(entry)), format: "backup" };
  }

  async addEntry(entry: DescribedEntry, { path: name, exists }: Placement, size?: number): Promise<EntrySink> {
    if (entry.kind === "directory") this.addTimes(name, basicInfoOf(entry));
    if (isUtilityVm(name)) return this.#utilityVm.addEntry(entry, name);
    const info = basicInfoOf(entry);
    if (!isDirectoryOnDisk(entry)) return stagedSink(this.#staged, name, info, size);
    if (exists) await rm(this.#staged.pathOf(`${name}${directoryMarker}`));
    else await mkdir(this.#staged.pathOf(name));
    return stagedSink(this.#staged, `${name}${directoryMarker}`, info, size);
  }

  /** What a directory gets when nothing is made in it any more. */
  addTimes(directory: string, times: Omit<BasicInfo, "attributes">): void {
    this.#times.add(directory, times);
  }

  addHardLink(entry: HardLinkEntry, placement: Placement): undefined {
    const allowed = ["Files", "UtilityVM/Files"].some((area) => isWithin(entry.name, area) && isWithin(entry.target, area));
    if (!allowed) throw malformedTar(`is a hard link to ${entry.target}; both must lie in Files/, or both in UtilityVM/Files/`, entry.name);
    this.#links.push({ entry, path: placement.path });
  }

  addWhiteout(entry: WhiteoutEntry): void {
    const allowed = isWithin(entry.name, "Files") || isWithin(entry.name, "UtilityVM/Files");
    if (!allowed) throw malformedTar("is taken away, but lies neither in Files/ nor in UtilityVM/Files/", entry.name);
    this.#whiteouts.push(entry);
  }

  async finish(): Promise<void> {
    const { calls, folder, staging, parents } = this.#options;
    if ([...this.#whiteouts, ...this.#links.map(({ entry }) => entry)].some(({ name }) => isUtilityVm(name)))
      await this.#utilityVm.ensure();
    for (const area of ["Files", "Hives"]) {
      if (this.#tree.get(area) === undefined) await this.addFolder(area);
    }
    calls.check("ImportLayer", folder, await calls.raw.layers.ImportLayer(driver, folder, staging, parents), "layer");
    await this.#removeTombstones();
    const listings = new FolderListings();
    for (const link of this.#links) await this.#makeLink(link, listings);
    if (this.#utilityVm.made) {
      await this.#utilityVm.verify();
      const utilityVm = path.join(folder, "UtilityVM");
      calls.check("ProcessUtilityImage", utilityVm, await calls.raw.layers.ProcessUtilityImage(utilityVm), "layer");
    }
    // Last, as that puts disks beside the files.
    await this.#times.restore(this.#layer);
  }

  async #removeTombstones(): Promise<void> {
    const inUtilityVm = this.#whiteouts.filter((entry) => isUtilityVm(entry.name));
    const inFiles = this.#whiteouts.filter((entry) => !isUtilityVm(entry.name));
    const gone = [
      ...(await expandWhiteouts(inFiles, this.#tree, this.#parentFolders)),
      // The utility VM is a whole of its own: what is below its entries lies in the layer itself by now.
      ...(await expandWhiteouts(inUtilityVm, this.#tree, [this.#layer.root])),
    ];
    for (const name of gone) await this.#layer.remove(this.#layer.pathOf(name));
  }

  async #makeLink({ entry, path: name }: PendingLink, listings: FolderListings): Promise<void> {
    const existing = await this.#findTarget(entry, listings);
    if (existing === undefined) {
      throw malformedTar(`is a hard link to ${entry.target}, which neither this layer nor one below has as a file`, entry.name);
    }
    const slash = name.lastIndexOf("/");
    const folder = await findInLayer(this.#layer.root, name.slice(0, slash), listings);
    const file = path.join(folder?.path ?? this.#layer.pathOf(name.slice(0, slash)), name.slice(slash + 1));
    await this.#layer.remove(file);
    await this.#layer.link(file, existing);
    listings.made(file);
  }

  /** This layer's own file, else that of the nearest layer below which has one. */
  async #findTarget(entry: HardLinkEntry, listings: FolderListings): Promise<string | undefined> {
    const below = isUtilityVm(entry.name) ? [] : this.#parentFolders;
    for (const root of [this.#layer.root, ...below]) {
      const found = await findInLayer(root, entry.target, listings);
      if (found === undefined) continue;
      return found.stats.isDirectory() ? undefined : found.path;
    }
    return undefined;
  }
}

function isUtilityVm(name: string): boolean {
  return isWithin(name, "UtilityVM");
}

function attributeBytes(attributes: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(attributes >>> 0);
  return bytes;
}
