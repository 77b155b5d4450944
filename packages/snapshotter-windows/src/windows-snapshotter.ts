import path from "node:path";
import {
  anySignal,
  type CommitSnapshotOptions,
  ConflictError,
  type CopyFolderOptions,
  FailedPreconditionError,
  KeyedQueue,
  type PrepareSnapshotOptions,
  ReaderLeases,
  type SnapshotInfo,
  type SnapshotLabels,
  type SnapshotMount,
  type Snapshotter,
  type SnapshotUsage,
  toOrielError,
  UnavailableError,
} from "@oriel/contracts";
import { hostSyncer, hresultError, syncTree } from "@oriel/hcs-bindings";
import { copyMountedFolder, hasFolderContent, type ImportedLayer, type LayerChanges } from "@oriel/layer-tar";
import { measureFolder } from "./disk-usage.ts";
import { matchesAnyFilter } from "./filter/filter.ts";
import { parseFilter } from "./filter/parse-filter.ts";
import {
  defaultCallDeadline,
  type OpenSnapshots,
  openSnapshots,
  placeScratch,
  type SnapshotRecovery,
  type WindowsSnapshotterOptions,
} from "./open-snapshots.ts";
import type { ScratchReading } from "./scratch-changes.ts";
import { readScratchLabels } from "./scratch-labels.ts";
import type { PlacedScratch } from "./scratch-use.ts";
import { snapshotFields } from "./snapshot-fields.ts";
import { requireKind } from "./snapshot-metadata.ts";
import { mountsOf } from "./snapshot-mounts.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** Snapshots that a walk has in memory. */
const LOADED_AT_ONCE = 1000;

/** A snapshot and where it lies. */
export interface PlacedSnapshot {
  readonly info: SnapshotInfo;
  /** Absolute path. */
  readonly folder: string;
}

/** Where a snapshot and those below it lie. */
export interface SnapshotPlace extends PlacedSnapshot {
  /** Absolute paths, immediate parent first. */
  readonly parents: readonly string[];
}

export interface UnpackOptions {
  /** The layer as an uncompressed tar. Read to its end, or told that no more is wanted, whatever happens. */
  readonly tar: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the bytes of the tar read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

interface FoundScratch {
  readonly open: OpenSnapshots;
  readonly record: SnapshotRecord;
  readonly scratch: PlacedScratch;
}

/** What `releaseMounts` did, by the names of the snapshots. */
export interface ReleasedMounts {
  readonly kept: readonly string[];
  readonly released: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: Error }[];
}

/**
 * containerd's snapshotter for Windows: layers and scratches in folders, what they are in a database of its own. Work on
 * one snapshot is done in order, on different ones side by side, and never within a transaction; looking at what there is
 * never waits for the host.
 */
export class WindowsSnapshotter implements Snapshotter {
  readonly #options: WindowsSnapshotterOptions;
  readonly #queue = new KeyedQueue();
  readonly #leases: ReaderLeases;
  readonly #closing = new AbortController();
  #open: Promise<OpenSnapshots> | undefined;

  /** Absolute path of its folder. */
  get root(): string {
    return this.#options.root;
  }

  constructor(options: WindowsSnapshotterOptions) {
    this.#options = options;
    this.#leases = new ReaderLeases(options.callDeadline ?? defaultCallDeadline);
  }

  /**
   * Takes the root for this process and mends what a former one left behind: what it had begun is undone, what it had to
   * delete is deleted, what it was reading is detached. Called by the first use; returns the same each time.
   *
   * @throws UnavailableError while another process has the root; FailedPreconditionError for a root that is not on NTFS.
   */
  async open(): Promise<SnapshotRecovery> {
    return (await this.#ready()).recovery;
  }

  async stat(name: string): Promise<SnapshotInfo> {
    return toInfo((await this.#ready()).metadata.require(name, "snapshot.stat"));
  }

  async update(name: string, labels: SnapshotLabels, fields: readonly string[] = ["labels"]): Promise<SnapshotInfo> {
    return toInfo((await this.#ready()).metadata.update(name, labels, fields));
  }

  async usage(name: string): Promise<SnapshotUsage> {
    const { metadata, folders } = await this.#ready();
    const record = metadata.require(name, "snapshot.usage");
    return record.kind === "committed" ? record.usage : measureFolder(folders.pathOf(record.folder));
  }

  async mounts(key: string): Promise<readonly SnapshotMount[]> {
    const open = await this.#ready();
    const record = open.metadata.require(key, "snapshot.mounts");
    requireKind(record, ["active", "view"], "snapshot.mounts");
    const { path, parents } = placeScratch(open, record);
    return mountsOf(record, path, parents);
  }

  async prepare(options: PrepareSnapshotOptions): Promise<readonly SnapshotMount[]> {
    return this.#make("active", options);
  }

  async view(options: PrepareSnapshotOptions): Promise<readonly SnapshotMount[]> {
    return this.#make("view", options);
  }

  async #make(kind: "active" | "view", { key, parent, labels = {} }: PrepareSnapshotOptions): Promise<readonly SnapshotMount[]> {
    const options = readScratchLabels(labels);
    const open = await this.#ready();
    return this.#work(key, async () => {
      const { metadata, folders, fresh, loose, maker } = open;
      const record = metadata.begin({ kind, name: key, parent, labels, folder: folders.newName() });
      const scratch = placeScratch(open, record);
      try {
        await maker.make(record, scratch, options);
        metadata.finish(record.id);
        if (!record.settled) fresh.add(scratch);
      } catch (error) {
        metadata.abandon(record.id);
        await loose.delete(record.folder);
        throw toOrielError(error, kind === "view" ? "snapshot.view" : "snapshot.prepare", key);
      }
      return mountsOf(record, scratch.path, scratch.parents);
    });
  }

  async commit({ name, key, labels = {} }: CommitSnapshotOptions): Promise<void> {
    const op = "snapshot.commit";
    const open = await this.#ready();
    await this.#write(key, "it is being committed", op, async () => {
      const { metadata, fresh, loose, maker } = open;
      const record = metadata.require(key, op);
      requireKind(record, ["active"], op);
      metadata.requireFree(name, op);
      const scratch = placeScratch(open, record);
      try {
        const { folder, usage } = await maker.makeLayer(record, scratch);
        try {
          metadata.commit({ id: record.id, name, folder, labels, usage });
        } catch (error) {
          if (folder !== record.folder) await loose.delete(folder);
          throw error;
        }
        fresh.forget(record);
        if (folder !== record.folder) await loose.delete(record.folder);
      } catch (error) {
        throw toOrielError(error, op, key);
      }
    });
  }

  async remove(name: string): Promise<void> {
    const op = "snapshot.remove";
    const open = await this.#ready();
    await this.#write(name, "it is being removed", op, async () => {
      const { metadata, use, fresh, loose } = open;
      const record = metadata.require(name, op);
      const scratch = placeScratch(open, record);
      if (record.kind !== "committed" && scratch.parents.length > 0) await use.requireIdle(scratch, op);
      const folder = metadata.remove(name);
      fresh.forget(record);
      await loose.delete(folder);
    });
  }

  async *walk(...filters: readonly string[]): AsyncGenerator<SnapshotInfo, void, undefined> {
    for await (const { info } of this.walkPlaced(...filters)) yield info;
  }

  /** As `walk`, with the folders. */
  async *walkPlaced(...filters: readonly string[]): AsyncGenerator<PlacedSnapshot, void, undefined> {
    const parsed = filters.map(parseFilter);
    const { metadata, folders } = await this.#ready();
    const ids = metadata.candidates(parsed);
    for (let at = 0; at < ids.length; at += LOADED_AT_ONCE) {
      for (const { info, folder } of metadata.load(ids.slice(at, at + LOADED_AT_ONCE))) {
        if (matchesAnyFilter(parsed, snapshotFields(info))) yield { info, folder: folders.pathOf(folder) };
      }
    }
  }

  async cleanup(): Promise<void> {
    const [failure] = await (await this.#ready()).loose.retry();
    if (failure !== undefined) throw failure;
  }

  async close(): Promise<void> {
    this.#closing.abort(new UnavailableError("the snapshotter is being closed", { op: "snapshots.close" }));
    const open = await this.#open?.catch(() => undefined);
    await this.#queue.idle();
    await open?.fresh.close();
    open?.database.close();
  }

  /** Folders that are deleted no more than once failed, and why. */
  async undeleted(): Promise<ReadonlyMap<string, Error>> {
    return (await this.#ready()).loose.waiting;
  }

  /** @throws NotFoundError */
  async locate(name: string): Promise<SnapshotPlace> {
    const open = await this.#ready();
    const record = open.metadata.require(name, "snapshot.locate");
    const { path, parents } = placeScratch(open, record);
    return { info: toInfo(record), folder: path, parents };
  }

  /**
   * Mounts a snapshot that stands on others, and returns its volume, `\\?\Volume{GUID}\`. Each call wants one `unmount`.
   * Ends what reads it.
   * @throws NotFoundError; FailedPreconditionError for a snapshot that has no disk.
   */
  async mount(key: string): Promise<string> {
    return this.#write(key, "it is being mounted", "snapshot.mount", async () => {
      const { open, scratch } = await this.#scratchToUse(key, "snapshot.mount");
      return open.use.mount(scratch);
    });
  }

  /** @throws NotFoundError; ConflictError for a call more than `mount` had. */
  async unmount(key: string): Promise<void> {
    const op = "snapshot.unmount";
    // Also while it is being closed: a mount that is over is to be given back.
    await this.#leases.write(key, unreadable(key, "it is being unmounted", op), () =>
      this.#queue.run(key, async () => {
        const { open, scratch } = await this.#scratch(key, op);
        await open.use.unmount(scratch);
      }),
    );
  }

  /**
   * The volume of a snapshot that is mounted, by whomever.
   * @throws NotFoundError; FailedPreconditionError while it is not mounted, or has no disk.
   */
  async getBackingDevice(key: string): Promise<string> {
    const { open, scratch } = await this.#scratch(key, "snapshot.device");
    const volume = await open.host.volumeOf(scratch.path);
    if (volume !== undefined) return volume;
    throw new FailedPreconditionError(`snapshot ${key} is not mounted`, { op: "snapshot.device", resource: key });
  }

  /** After a restart: takes over the mounts of a former process that are to stay, each counted as one, and ends the others. */
  async releaseMounts(keep: ReadonlySet<string>): Promise<ReleasedMounts> {
    const open = await this.#ready();
    const { metadata, folders, use } = open;
    const [kept, released, failed]: [string[], string[], { name: string; error: Error }[]] = [[], [], []];
    for (const { folder, name = folder } of metadata.attachedFolders("mount")) {
      const mounted = { name, folder, path: folders.pathOf(folder), parents: [] };
      if (use.isMounted(mounted) && !use.isLeft(mounted)) continue;
      try {
        if (keep.has(name) && (await use.adopt(mounted).catch(() => false))) kept.push(name);
        else {
          await use.release(mounted);
          released.push(name);
        }
      } catch (error) {
        failed.push({ name, error: toOrielError(error, "snapshot.unmount", name) });
      }
    }
    return { kept, released, failed };
  }

  /** Whether `mount` had more calls than `unmount`, or a former process left it mounted: `unmount` ends that. @throws NotFoundError */
  async isMounted(key: string): Promise<boolean> {
    const { metadata, use } = await this.#ready();
    return use.isMounted(metadata.require(key, "snapshot.mount"));
  }

  /**
   * Makes the layer that a tar describes in a snapshot that was prepared under an unpack key; `commit` follows.
   * @throws InvalidArgumentError naming the entry, for a tar that is torn, hostile or no Windows layer; NotFoundError;
   *   FailedPreconditionError for any other snapshot.
   */
  async unpack(key: string, { tar, signal, onProgress }: UnpackOptions): Promise<ImportedLayer> {
    const op = "snapshot.unpack";
    const open = await this.#ready();
    return this.#work(key, async () => {
      const record = open.metadata.require(key, op);
      requireKind(record, ["active"], op);
      return open.maker.unpack(record, placeScratch(open, record), {
        tar,
        signal: this.#until(signal),
        onProgress,
      });
    });
  }

  /**
   * What an active snapshot changes in those below it, as an uncompressed layer tar. For the same content the same bytes.
   * @throws NotFoundError; FailedPreconditionError for a snapshot that has no disk; ConflictError while it is mounted, and once it is
   *   to be mounted, committed or removed.
   */
  async *export(key: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { changes } = await this.#ready();
    yield* this.#leases.stream(key, (until) => changes.read(this.#reading(key, "snapshot.export"), until), this.#until(signal));
  }

  /** What `export` would hold, in the order of the paths. @throws as `export` */
  async changes(key: string, signal?: AbortSignal): Promise<LayerChanges> {
    const { changes } = await this.#ready();
    return this.#leases.read(key, (until) => changes.list(this.#reading(key, "snapshot.changes"), until), this.#until(signal));
  }

  /** Bytes of the files that an active snapshot changes in those below it, mounted or not. @throws as `export` */
  async changedBytes(key: string, signal?: AbortSignal): Promise<number> {
    const measure = async (until: AbortSignal): Promise<number> => {
      const { open, scratch } = await this.#scratch(key, "snapshot.size");
      const volume = open.use.volumeOf(scratch);
      if (volume !== undefined) return open.changes.measureMounted(scratch, volume, until);
      return (await open.changes.list(this.#reading(key, "snapshot.size"), until)).size;
    };
    return this.#leases.read(key, measure, this.#until(signal));
  }

  /** Whether the snapshots below one have something in a folder. @throws NotFoundError */
  async hasFolder(key: string, names: readonly string[]): Promise<boolean> {
    const { open, scratch } = await this.#scratch(key, "snapshot.copy");
    return hasFolderContent(open.host.copyCalls(scratch.path), scratch.parents, names);
  }

  /** Copies what a snapshot that is mounted at a volume shows in a folder. Returns false where it shows no such folder. @throws NotFoundError */
  async copyFolder(key: string, volumePath: string, options: Omit<CopyFolderOptions, "scratchId">): Promise<boolean> {
    const { open, scratch } = await this.#scratch(key, "snapshot.copy");
    const raw = open.host.copyCalls(scratch.path);
    const isCopied = await copyMountedFolder({ raw, callError: hresultError, volumePath, parents: scratch.parents, ...options });
    if (isCopied) await syncTree(options.target, hostSyncer(open.host.longDeadline), { above: path.dirname(options.target) });
    return isCopied;
  }

  #reading(key: string, op: string): ScratchReading {
    return {
      begin: () =>
        this.#work(key, async () => {
          const { open, scratch } = await this.#scratchToUse(key, op);
          await open.use.beginReading(scratch);
          return scratch;
        }),
      end: (scratch) => this.#queue.run(key, async () => (await this.#ready()).use.endReading(scratch)),
    };
  }

  /** One that is about to be used: it must not be made again after that. */
  async #scratchToUse(key: string, op: string): Promise<FoundScratch> {
    const found = await this.#scratch(key, op);
    try {
      await found.open.maker.settle(found.record, found.scratch);
    } catch (error) {
      throw toOrielError(error, op, key);
    }
    return found;
  }

  async #scratch(key: string, op: string): Promise<FoundScratch> {
    const open = await this.#ready();
    const record = open.metadata.require(key, op);
    requireKind(record, ["active", "view"], op);
    const scratch = placeScratch(open, record);
    if (scratch.parents.length > 0) return { open, record, scratch };
    throw new FailedPreconditionError(`snapshot ${key} stands on no other: it is a folder and has no disk`, { op, resource: key });
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return anySignal(this.#closing.signal, signal);
  }

  /** As `#work`, without those who read the snapshot. */
  #write<T>(name: string, why: string, op: string, work: () => Promise<T>): Promise<T> {
    return this.#leases.write(name, unreadable(name, why, op), () => this.#work(name, work));
  }

  #work<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#queue.run(
      name,
      () => {
        this.#closing.signal.throwIfAborted();
        return work();
      },
      this.#closing.signal,
    );
  }

  #ready(): Promise<OpenSnapshots> {
    this.#open ??= openSnapshots(this.#options, this.#queue, this.#closing.signal).catch((error: unknown) => {
      this.#open = undefined;
      throw toOrielError(error, "snapshots.open", this.#options.root);
    });
    return this.#open;
  }
}

function unreadable(name: string, why: string, op: string): ConflictError {
  return new ConflictError(`snapshot ${name} cannot be read: ${why}`, { op, resource: name });
}

function toInfo({ kind, name, parent, labels, createdAt, updatedAt }: SnapshotRecord): SnapshotInfo {
  return { kind, name, parent, labels, createdAt, updatedAt };
}
