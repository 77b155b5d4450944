import { mkdirSync } from "node:fs";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import { type LayerThreads, maxWorkers } from "../threads/layer-threads.ts";
import type { ImportFolders } from "./import-layer.ts";
import { defaultSandboxSize, exists, filesOf, layerNames, readDisk, writeDisk } from "./layer-folder.ts";
import type { LayerVolumes } from "./layer-volumes.ts";
import { writeParents } from "./lineage.ts";
import { hasPendingLinks } from "./link-targets.ts";
import { overlayFoldersOf } from "./overlay-mount.ts";
import { processBaseImage, processUtilityImage } from "./process-image.ts";
import { copiedAt, copyFolderOf } from "./rootfs-copy.ts";
import type { ScratchFiles } from "./scratch-changes.ts";
import { isSmallTree, removeSmallTree } from "./small-tree.ts";

/** Layers below that a small import is compared with at once: each is asked for the folders that it has in common. */
const fewParents = 16;

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** What the layer functions do that is more than a note in a table. Paths are of folders. */
export class LayerWork {
  readonly #volumes: LayerVolumes;
  readonly #threads: LayerThreads;

  readonly #warn: (message: string) => void;
  /** Layers whose alternate streams were warned of. */
  readonly #warned = new Set<string>();

  constructor(volumes: LayerVolumes, threads: LayerThreads, warn: (message: string) => void) {
    this.#volumes = volumes;
    this.#threads = threads;
    this.#warn = warn;
  }

  async createScratch(layer: string, parents: readonly string[]): Promise<void> {
    requireParents(parents);
    mkdirSync(layer, { recursive: true });
    const disk = readDisk(path.join(parents.at(-1) ?? "", layerNames.blank));
    const size = disk?.size ?? defaultSandboxSize;
    writeDisk(path.join(layer, layerNames.sandbox), { emulatedDisk: 1, size, parent: parents[0] ?? "" }, "wx");
    writeParents(layer, parents);
  }

  /** @throws HresultFailure for a scratch that is not activated */
  async prepare(layer: string, parents: readonly string[]): Promise<void> {
    requireLayer(layer);
    requireParents(parents);
    this.#volumes.prepare(layer, parents);
  }

  async import(layer: string, importFolder: string, parents: readonly string[]): Promise<void> {
    requireParents(parents);
    if (!exists(importFolder)) fail(WIN32.PATH_NOT_FOUND, `${importFolder} is not there`);
    await this.#importFiles({ layer, source: importFolder, parents });
    this.#threads.tell("forget", layer);
  }

  /** Of a large layer the files are made by all threads at once. */
  async #importFiles(folders: ImportFolders): Promise<void> {
    if (folders.parents.length <= fewParents && isSmallTree(folders.source)) {
      this.#threads.here.beginImport(folders);
      return;
    }
    const first = await this.#threads.work("beginImport", folders);
    if (first === undefined) return;
    const shares = Array.from({ length: maxWorkers }, (_, index) => this.#threads.work("importShare", folders, index, maxWorkers));
    // A thread that is still at it would go on in a layer that is given up.
    await Promise.allSettled(shares);
    await this.#threads.work("finishImport", folders, [first, ...(await Promise.all(shares))]);
  }

  /** Of a scratch what it changed; it is activated and not prepared. Of a layer on others what it adds and takes away. */
  async export(layer: string, exportFolder: string, parents: readonly string[]): Promise<void> {
    requireLayer(layer);
    requireParents(parents);
    const scratch = isScratch(layer) ? this.#scratchFiles(layer) : undefined;
    const options = { layer, exportFolder, parents, scratch };
    // Nobody has ever looked into it, so there is nothing that it could have changed.
    if (scratch !== undefined && !exists(scratch.folder)) this.#threads.here.exportLayer(options);
    else this.#warnOf(layer, await this.#threads.work("exportLayer", options));
  }

  #warnOf(layer: string, [first, ...others]: readonly string[]): void {
    if (first === undefined || this.#warned.has(layer)) return;
    this.#warned.add(layer);
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    this.#warn(`${layer}: alternate streams are left out of what it changed, as Wine has none: ${first}${more}`);
  }

  /** At once, as a thread would take longer: whatever an image has, only some files beside it are made. Links are few. */
  async processBaseImage(layer: string): Promise<void> {
    processBaseImage(layer);
    if (hasPendingLinks(layer)) await this.#threads.work("spellPendingLinks", layer);
    this.#threads.tell("forget", layer);
  }

  async processUtilityImage(utilityVm: string): Promise<void> {
    processUtilityImage(utilityVm);
    this.#threads.tell("forget", utilityVm);
  }

  async destroy(layer: string): Promise<void> {
    if (this.#volumes.isPrepared(layer)) fail(WIN32.SHARING_VIOLATION, `${layer} is in use`);
    await this.#volumes.detach(layer);
    await this.#volumes.detachLeftover(layer);
    this.#warned.delete(layer);
    if (!removeSmallTree(layer)) await this.#threads.work("removeFolder", layer);
    this.#threads.tell("forget", layer);
  }

  #scratchFiles(layer: string): ScratchFiles {
    if (!this.#volumes.isAttached(layer)) fail(WIN32.NOT_READY, `${layer} is not activated`);
    if (this.#volumes.isPrepared(layer)) fail(WIN32.SHARING_VIOLATION, `${layer} is in use`);
    const time = copiedAt(layer);
    if (time === undefined) return { kind: "overlay", folder: overlayFoldersOf(layer).upper, copiedAt: undefined };
    return { kind: "copy", folder: copyFolderOf(layer), copiedAt: time };
  }
}

/** @throws HresultFailure PATH_NOT_FOUND */
export function requireLayer(layer: string): void {
  if (!exists(layer)) fail(WIN32.PATH_NOT_FOUND, `${layer} is not there`);
}

/** Every layer below must have its files, and there must be one. */
function requireParents(layers: readonly string[]): void {
  if (layers.length === 0) fail(WIN32.INVALID_PARAMETER, "no parent layers are given");
  for (const layer of layers) requireLayer(filesOf(layer));
}

export function isScratch(layer: string): boolean {
  return exists(path.join(layer, layerNames.sandbox));
}
