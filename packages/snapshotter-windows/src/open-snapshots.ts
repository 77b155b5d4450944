import { FailedPreconditionError, hresultFailed, type KeyedQueue, type Logger, type RawHcs } from "@oriel/contracts";
import { HostLayers, hostSyncer, hresultError, syncTree } from "@oriel/hcs-bindings";
import { FreshScratches } from "./fresh-scratches.ts";
import { LooseFolders } from "./loose-folders.ts";
import { machineStart } from "./machine-start.ts";
import { MetadataDatabase } from "./metadata-database.ts";
import { ScratchChanges } from "./scratch-changes.ts";
import { type PlacedScratch, ScratchUse } from "./scratch-use.ts";
import { SnapshotFolders } from "./snapshot-folders.ts";
import { SnapshotMaker } from "./snapshot-maker.ts";
import { SnapshotMetadata } from "./snapshot-metadata.ts";
import { hasDisk, type SnapshotRecord } from "./snapshot-record.ts";

export const defaultCallDeadline = 240_000;

export interface WindowsSnapshotterOptions {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  readonly logger: Logger;
  /** Absolute path of a folder for this snapshotter alone; made where it is not there. */
  readonly root: string;
  /**
   * Milliseconds that a call into the host may take. Calls that work through a whole layer may take fifteen times as long.
   * @default 240000
   */
  readonly callDeadline?: number | undefined;
  /** @default a MetadataDatabase of the file */
  readonly openDatabase?: ((file: string) => MetadataDatabase) | undefined;
  /**
   * Milliseconds after which a new scratch that nobody has mounted by then is brought to the disk. One that is committed or
   * removed before that never is.
   * @default 25
   */
  readonly settleDelay?: number | undefined;
  /**
   * When this machine was started, milliseconds since 1970.
   * @default by how long it has been running
   */
  readonly machineStart?: (() => number) | undefined;
}

/** The parts of a snapshotter that is open. */
export interface OpenSnapshots {
  readonly database: MetadataDatabase;
  readonly metadata: SnapshotMetadata;
  readonly folders: SnapshotFolders;
  readonly host: HostLayers;
  readonly use: ScratchUse;
  readonly fresh: FreshScratches;
  readonly loose: LooseFolders;
  readonly changes: ScratchChanges;
  readonly maker: SnapshotMaker;
  readonly recovery: SnapshotRecovery;
}

/** What opening found to mend. */
export interface SnapshotRecovery {
  /** Keys of snapshots that were begun and not finished; they are gone. */
  readonly undone: readonly string[];
  /** What could not be mended; it is tried again. */
  readonly failed: readonly Error[];
}

/**
 * @param queue where work on a snapshot waits for other work on it, by its name
 * @param signal ends what is under way
 */
export async function openSnapshots(options: WindowsSnapshotterOptions, queue: KeyedQueue, signal: AbortSignal): Promise<OpenSnapshots> {
  const { raw, logger, root, callDeadline: deadline = defaultCallDeadline, settleDelay = 25 } = options;
  const { openDatabase = (file) => new MetadataDatabase(file) } = options;
  const folders = new SnapshotFolders(root);
  await folders.make();
  await requireNtfs(options);
  const database = openDatabase(folders.database);
  try {
    const metadata = new SnapshotMetadata(database);
    const host = new HostLayers({ raw, deadline });
    const use = new ScratchUse(host, metadata, logger);
    const sync = (folder: string) => syncTree(folder, hostSyncer(host.longDeadline), { above: folders.snapshots });
    const fresh = new FreshScratches({ metadata, queue, logger, delay: settleDelay, sync });
    const loose = new LooseFolders({ host, metadata, logger, home: folders.snapshots });
    const changes = new ScratchChanges({ host, folders });
    const maker = new SnapshotMaker({
      host,
      metadata,
      folders,
      loose,
      use,
      fresh,
      changes,
      machineStart: (options.machineStart ?? machineStart)(),
      signal,
    });
    await folders.clearWork();
    const parts = { database, metadata, folders, host, use, fresh, loose, changes, maker };
    return { ...parts, recovery: await recover(parts) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Where a snapshot and those below it lie. */
export function placeScratch({ metadata, folders }: Pick<OpenSnapshots, "metadata" | "folders">, record: SnapshotRecord): PlacedScratch {
  const parents = metadata.foldersBelow(record).map((folder) => folders.pathOf(folder));
  return { name: record.name, folder: record.folder, path: folders.pathOf(record.folder), parents };
}

/** What is attached must be detached before it can be deleted. */
async function recover(parts: Omit<OpenSnapshots, "recovery">): Promise<SnapshotRecovery> {
  const { metadata, folders, use, loose, maker } = parts;
  const failed: Error[] = [];
  for (const { folder } of metadata.attachedFolders("reading")) {
    await use.release({ folder, path: folders.pathOf(folder) }).catch((error: Error) => failed.push(error));
  }
  for (const { folder } of metadata.attachedFolders("mount")) {
    await use.recover({ folder, path: folders.pathOf(folder) }).catch((error: Error) => failed.push(error));
  }
  const unfinished = metadata.unfinished();
  for (const { id } of unfinished) metadata.abandon(id);
  // Where the machine has ended a folder can be there and what was written down of it not, and the other way round.
  for (const record of metadata.uncommitted()) {
    // Most: they are not even placed.
    if (hasDisk(record) && record.settled) continue;
    await maker.recover(record, placeScratch(parts, record)).catch((error: Error) => failed.push(error));
  }
  for (const folder of metadata.unknown(await folders.list())) metadata.reserve(folder);
  for (const folder of metadata.looseFolders()) {
    const failure = await loose.delete(folder);
    if (failure !== undefined) failed.push(failure);
  }
  return { undone: unfinished.map(({ name }) => name), failed };
}

/** Layers need what only NTFS has; ReFS and FAT fail much later and for no apparent reason. */
async function requireNtfs({ raw, root }: WindowsSnapshotterOptions): Promise<void> {
  const { hresult, fileSystem } = await raw.win32.GetVolumeInformation(root);
  const op = "GetVolumeInformation";
  if (hresultFailed(hresult)) throw hresultError({ op, hresult, resource: root, subject: "folder" });
  if (fileSystem.toUpperCase() === "NTFS") return;
  throw new FailedPreconditionError(`${root} is on ${fileSystem}, and layers need NTFS`, {
    op: "snapshots.open",
    resource: root,
    remedy: "Choose a folder on an NTFS volume.",
  });
}
