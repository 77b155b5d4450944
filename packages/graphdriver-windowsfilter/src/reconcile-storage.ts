import path from "node:path";
import {
  hresultFromWin32,
  type LayerRecord,
  type OrielError,
  type OwnedScratches,
  type ResourceJournal,
  type ScratchRecord,
  type StorageReconciliation,
  toOrielError,
  WIN32,
} from "@oriel/core";
import { isHcsError } from "@oriel/hcs-bindings";
import type { LayerCalls } from "./layer-calls.ts";
import type { LayerRemover } from "./layer-remover.ts";
import type { LayerStore, Owned } from "./layer-store.ts";
import type { ScratchMounts } from "./scratch-mounts.ts";

export interface ReconcileParts {
  readonly calls: LayerCalls;
  readonly journal: ResourceJournal;
  readonly store: LayerStore;
  readonly remover: LayerRemover;
  readonly mounts: ScratchMounts;
  readonly owned: OwnedScratches;
}

/** What is left afterwards. */
export interface ReconciledStorage extends StorageReconciliation {
  readonly layers: readonly LayerRecord[];
  readonly scratches: readonly ScratchRecord[];
}

/**
 * Brings journal and disk together after a restart. Only what the journal names, or what carries Oriel's own
 * description, is touched.
 */
export async function reconcileStorage(parts: ReconcileParts): Promise<ReconciledStorage> {
  const removed: string[] = [];
  const failed: string[] = [];
  await settleMounts(parts, removed, failed);

  const { journal, store, remover, owned } = parts;
  const content = await store.read();
  const scratches = content.scratches.filter((scratch) => owned.scratchIds.has(scratch.id));
  const known = listJournal(parts);
  const whole: Owned[] = [
    ...content.layers.map(({ chainId, folder }) => ({ kind: "layer", id: chainId, folder }) as const),
    ...content.scratches.map(({ id, folder }) => ({ kind: "scratch", id, folder }) as const),
  ];
  // A journal that was lost gets to know again what there is.
  for (const { kind, id, folder } of whole) {
    if (!known.some((each) => each.folder === folder)) journal.record(kind, id, { folder });
  }

  const kept = new Set([...content.layers, ...scratches].map((record) => record.folder));
  const gone = [...known, ...content.leftovers, ...whole].filter((each) => !kept.has(each.folder));
  for (const each of new Map(gone.map((found) => [found.folder, found])).values()) {
    const failure = await remover.finish(each);
    if (failure === undefined) removed.push(`${each.kind} ${each.id}`);
    else failed.push(`${each.kind} ${each.id}: ${failure.message}`);
  }

  const lost = findWithoutParent(content.layers);
  for (const layer of lost) failed.push(`layer ${layer.chainId} cannot be used: one that it stands on is not there`);
  return { removed, failed, layers: content.layers.filter((layer) => !lost.has(layer)), scratches };
}

/** The journal's layers and scratches in the driver's folder; those elsewhere are another backend's. */
function listJournal({ journal, store }: ReconcileParts): Owned[] {
  return (["layer", "scratch"] as const).flatMap((kind) =>
    journal.list(kind).flatMap(({ id, data: { folder } }) => (isOurs(store, folder) ? [{ kind, id, folder }] : [])),
  );
}

function isOurs(store: LayerStore, folder: unknown): folder is string {
  return typeof folder === "string" && path.dirname(folder) === store.folder;
}

function findWithoutParent(layers: readonly LayerRecord[]): ReadonlySet<LayerRecord> {
  const byId = new Map(layers.map((layer) => [layer.chainId, layer]));
  const lost = new Set<LayerRecord>();
  for (const layer of layers) {
    const seen = new Set<LayerRecord>();
    for (let at: LayerRecord | undefined = layer; at?.parentChainId !== undefined && !seen.has(at); at = byId.get(at.parentChainId)) {
      seen.add(at);
      if (!byId.has(at.parentChainId)) lost.add(layer);
    }
  }
  return lost;
}

/** What a former process left mounted is taken over or unmounted. The host may have ended it by itself, as at its restart. */
async function settleMounts({ calls, journal, store, mounts, owned }: ReconcileParts, removed: string[], failed: string[]): Promise<void> {
  for (const { id, data } of journal.list("mounted-layer")) {
    const { folder } = data;
    if (!isOurs(store, folder)) continue;
    if (owned.mountedIds?.has(id) === true && (await stillMounted(mounts, id, folder))) continue;
    const failure = (await attempt(() => calls.unprepare(folder))) ?? (await attempt(() => calls.deactivate(folder)));
    if (failure === undefined) {
      journal.clear("mounted-layer", id);
      removed.push(`mount of container ${id}`);
    } else failed.push(`mount of container ${id}: ${failure.message}`);
  }
}

/** A mount that the host cannot tell of is none. */
async function stillMounted(mounts: ScratchMounts, id: string, folder: string): Promise<boolean> {
  try {
    return await mounts.adopt(id, folder);
  } catch {
    return false;
  }
}

/** What is not mounted or not there any more needs no unmounting. */
const notMounted = [WIN32.FILE_NOT_FOUND, WIN32.PATH_NOT_FOUND, WIN32.NOT_READY, WIN32.NOT_FOUND].map(hresultFromWin32);

async function attempt(work: () => Promise<void>): Promise<OrielError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return isHcsError(error, ...notMounted) ? undefined : toOrielError(error, "scratch.unmount");
  }
}
