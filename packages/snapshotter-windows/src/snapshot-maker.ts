import { lstatSync, mkdirSync } from "node:fs";
import { lstat } from "node:fs/promises";
import path from "node:path";
import { FailedPreconditionError, type SnapshotUsage } from "@oriel/contracts";
import { type HostLayers, hostSyncer, hresultError, syncTree } from "@oriel/hcs-bindings";
import { type ImportedLayer, type ImportLayerTarOptions, importLayerTar } from "@oriel/layer-tar";
import { convertToBaseLayer } from "./convert-base-layer.ts";
import { listFew, measureFolder } from "./disk-usage.ts";
import type { FreshScratches } from "./fresh-scratches.ts";
import type { LooseFolders } from "./loose-folders.ts";
import type { ScratchChanges } from "./scratch-changes.ts";
import { makeScratch } from "./scratch-disk.ts";
import { readScratchLabels, type ScratchWishes } from "./scratch-labels.ts";
import type { PlacedScratch, ScratchUse } from "./scratch-use.ts";
import type { SnapshotFolders } from "./snapshot-folders.ts";
import type { SnapshotMetadata } from "./snapshot-metadata.ts";
import { hasDisk, isToBeUnpacked, type SnapshotRecord } from "./snapshot-record.ts";
import { parseUnpackKey } from "./unpack-key.ts";

export interface SnapshotMakerParts {
  readonly host: HostLayers;
  readonly metadata: SnapshotMetadata;
  readonly folders: SnapshotFolders;
  readonly loose: LooseFolders;
  readonly use: ScratchUse;
  readonly fresh: FreshScratches;
  readonly changes: ScratchChanges;
  /** When this machine was started, milliseconds since 1970. */
  readonly machineStart: number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** A layer that is whole. */
export interface MadeLayer {
  /** Name of its folder: another one than the snapshot's where that was a scratch. */
  readonly folder: string;
  readonly usage: SnapshotUsage;
}

type Unpacking = Pick<ImportLayerTarOptions, "tar" | "signal" | "onProgress">;

/** What is done on disk to make snapshots: none of it within a transaction. */
export class SnapshotMaker {
  readonly #parts: SnapshotMakerParts;

  constructor(parts: SnapshotMakerParts) {
    this.#parts = parts;
  }

  /** The folder of a snapshot that is begun. Undoing it is the caller's, and bringing a disk of it to the host's. */
  async make(record: SnapshotRecord, { path: folder, parents }: PlacedScratch, options: ScratchWishes): Promise<void> {
    makeFolder(record, folder);
    const base = parents.at(-1);
    if (base === undefined || !hasDisk(record)) return;
    const { host } = this.#parts;
    // What is written into a view is thrown away: the smallest disk will do.
    const size = record.kind === "view" ? undefined : options.size;
    await makeScratch(host, { folder, base, size, utilityVm: options.utilityVm });
  }

  /**
   * After a restart: the folder of a snapshot that has nothing on disk that was promised to anybody may not be there, or not be
   * whole, where the machine has ended, and is made again.
   */
  async recover(record: SnapshotRecord, scratch: PlacedScratch): Promise<void> {
    if (!hasDisk(record)) makeFolder(record, scratch.path);
    else if (this.#mayBeLost(record)) await this.settle(record, scratch);
    else if (!record.settled) this.#parts.fresh.add(scratch);
  }

  /** Brings a scratch that nobody has used yet to the disk, before somebody does. */
  async settle(record: SnapshotRecord, scratch: PlacedScratch): Promise<void> {
    if (record.settled) return;
    await this.#restore(record, scratch);
    await this.#parts.fresh.settle(scratch);
  }

  /** Of a scratch that may be lost another one is made, as empty as that was. */
  async #restore(record: SnapshotRecord, scratch: PlacedScratch): Promise<void> {
    if (!this.#mayBeLost(record)) return;
    if (lstatSync(scratch.path, { throwIfNoEntry: false }) !== undefined) await this.#parts.host.destroy(scratch.path);
    await this.make(record, scratch, readScratchLabels(record.labels));
  }

  /** What was made since the machine was started is there, whoever has ended since. */
  #mayBeLost({ settled, createdAt }: SnapshotRecord): boolean {
    return !settled && createdAt.getTime() < this.#parts.machineStart;
  }

  /** Makes a layer of an active snapshot, all of it on disk. */
  async makeLayer(record: SnapshotRecord, scratch: PlacedScratch): Promise<MadeLayer> {
    const { name } = record;
    await this.#restore(record, scratch);
    if (parseUnpackKey(name) !== undefined) await requireUnpacked(name, scratch.path);
    else if (scratch.parents.length > 0) return this.#makeLayerOfScratch(scratch);
    else await convertToBaseLayer(this.#parts.host, scratch.path);
    return { folder: scratch.folder, usage: await this.#settle(scratch.folder, scratch.parents[0]) };
  }

  /**
   * Brings all of a layer to the disk, as a name and no content behind it is what a power failure leaves otherwise, and
   * measures it meanwhile.
   */
  async #settle(name: string, parent: string | undefined): Promise<SnapshotUsage> {
    const { folders, host } = this.#parts;
    const folder = folders.pathOf(name);
    const listed = listFew(folder);
    const synced = syncTree(folder, hostSyncer(host.longDeadline), { above: folders.snapshots, listed });
    // Told when it is waited for.
    synced.catch(() => {});
    const usage = await measureFolder(folder, { parent, fresh: true, listed });
    await synced;
    return usage;
  }

  /** @throws FailedPreconditionError for a snapshot that has a scratch, or files, of its own. */
  async unpack({ name }: SnapshotRecord, { path: folder, parents }: PlacedScratch, unpacking: Unpacking): Promise<ImportedLayer> {
    if (parseUnpackKey(name) === undefined) {
      throw new FailedPreconditionError(`a layer cannot be unpacked into snapshot ${name}`, {
        op: "snapshot.unpack",
        resource: name,
        remedy: "Prepare one under a key such as newUnpackKey makes.",
      });
    }
    return this.#import(folder, parents, unpacking);
  }

  /** In a folder of its own, so that the scratch is as it was when this is cut short, and its disk is not kept beside the files. */
  async #makeLayerOfScratch(scratch: PlacedScratch): Promise<MadeLayer> {
    const { metadata, folders, loose, use, changes, signal } = this.#parts;
    const name = folders.newName();
    const folder = folders.pathOf(name);
    metadata.reserve(name);
    try {
      mkdirSync(folder, { mode: 0o700 });
      const reading = { begin: () => use.beginReading(scratch), end: () => use.endReading(scratch) };
      const usage = await changes.commit(reading, folder, () => this.#settle(name, scratch.parents[0]), signal);
      return { folder: name, usage };
    } catch (error) {
      await loose.delete(name);
      throw error;
    }
  }

  async #import(folder: string, parents: readonly string[], unpacking: Unpacking): Promise<ImportedLayer> {
    const { host, folders } = this.#parts;
    const raw = host.importCalls(folder);
    const staging = folders.newWorkFolder();
    return importLayerTar({ raw, callError: hresultError, folder, parents: await host.describe(parents), staging, ...unpacking });
  }
}

async function requireUnpacked(name: string, folder: string): Promise<void> {
  const files = await lstat(path.join(folder, "Files")).catch(() => undefined);
  if (files?.isDirectory() === true) return;
  throw new FailedPreconditionError(`snapshot ${name} has no layer in it: nothing was unpacked into ${folder}`, {
    op: "snapshot.commit",
    resource: name,
    remedy: "Import a layer into the folder of its mount before it is committed.",
  });
}

/** At once, as a thread would take longer. What is there already stays. */
function makeFolder(record: SnapshotRecord, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Who unpacks a layer into the folder makes all that is in it.
  const isBare = record.parent === undefined && !isToBeUnpacked(record);
  if (isBare) mkdirSync(path.join(folder, "Files"), { recursive: true, mode: 0o700 });
}
