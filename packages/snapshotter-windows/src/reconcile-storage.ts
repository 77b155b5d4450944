import { type JournalEntry, type OwnedScratches, type ResourceJournal, type StorageReconciliation, toOrielError } from "@oriel/contracts";
import { storageLabels } from "./storage-records.ts";
import { parseUnpackKey } from "./unpack-key.ts";
import type { WindowsSnapshotter } from "./windows-snapshotter.ts";

export interface ReconcileParts {
  readonly snapshotter: WindowsSnapshotter;
  readonly journal: ResourceJournal;
  readonly owned: OwnedScratches;
}

/**
 * Brings journal and snapshots together after a restart, and removes what nobody owns. What the snapshotter itself had
 * begun is undone when it is opened. Snapshots that others made are left alone.
 */
export async function reconcileStorage(parts: ReconcileParts): Promise<StorageReconciliation> {
  const removed = new Set<string>();
  const failed: string[] = [];
  const { snapshotter, owned } = parts;

  const recovery = await snapshotter.open();
  for (const key of recovery.undone) removed.add(titleOf(key));
  for (const error of recovery.failed) failed.push(error.message);

  const keep = new Set([...(owned.mountedIds ?? [])].filter((id) => owned.scratchIds.has(id)));
  const mounts = await snapshotter.releaseMounts(keep);
  for (const name of mounts.released) removed.add(`mount of container ${name}`);
  for (const { name, error } of mounts.failed) failed.push(`mount of container ${name}: ${error.message}`);

  const kept = new Set(mounts.kept.map((id) => `mounted-layer ${id}`));
  for await (const { kind, name, labels } of snapshotter.walk(`labels."${storageLabels.kind}"`)) {
    const which = labels[storageLabels.kind] === "layer" ? "layer" : "scratch";
    if (which === "layer" ? kind === "committed" : owned.scratchIds.has(name)) {
      kept.add(`${which} ${name}`);
      continue;
    }
    try {
      await snapshotter.remove(name);
      removed.add(titleOf(name));
    } catch (error) {
      kept.add(`${which} ${name}`);
      failed.push(`${titleOf(name)}: ${toOrielError(error, "storage.reconcile").message}`);
    }
  }
  alignJournal(parts, kept, removed);
  return { removed: [...removed], failed };
}

/** The journal names what there is, and nothing else of this snapshotter. */
function alignJournal({ snapshotter, journal }: ReconcileParts, kept: ReadonlySet<string>, removed: Set<string>): void {
  const data = { snapshotter: snapshotter.root };
  const known = new Set<string>();
  for (const { kind, id, data: recorded } of journal.list()) {
    if (!isStorageKind(kind) || recorded.snapshotter !== snapshotter.root) continue;
    if (kept.has(`${kind} ${id}`)) {
      known.add(`${kind} ${id}`);
      continue;
    }
    journal.clear(kind, id);
    if (kind !== "mounted-layer") removed.add(`${kind} ${id}`);
  }
  for (const entry of kept) {
    if (known.has(entry)) continue;
    const space = entry.indexOf(" ");
    const kind = entry.slice(0, space);
    if (isStorageKind(kind)) journal.record(kind, entry.slice(space + 1), data);
  }
}

function isStorageKind(kind: string): kind is Extract<JournalEntry["kind"], "layer" | "scratch" | "mounted-layer"> {
  return kind === "layer" || kind === "scratch" || kind === "mounted-layer";
}

function titleOf(name: string): string {
  const unpacked = parseUnpackKey(name);
  return unpacked === undefined ? `scratch ${name}` : `layer ${unpacked.chainId}`;
}
