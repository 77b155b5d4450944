import path from "node:path";
import { type ResourceJournal, type StorageReconciliation, toOrielError } from "@oriel/contracts";
import type { HostLayers } from "@oriel/hcs-bindings";
import { removeFolder } from "@oriel/layer-tar";
import { type GraphLayer, type Owned, ownedBy } from "./graph-layer.ts";
import { type LayerFolders, recordedFolders } from "./layer-folders.ts";
import type { LayerMounts } from "./layer-mounts.ts";
import type { LayerRemover } from "./layer-remover.ts";
import { finishReplacing } from "./layer-unpacker.ts";

/** What of the driver's layers still has an owner when a former process is gone. */
export interface OwnedLayers {
  /** Read-write layers to keep. @default all */
  readonly readWrite?: ReadonlySet<string> | undefined;
  /** Those on which a container may still run: they stay mounted if they are, counted as one `get`. @default none */
  readonly mounted?: ReadonlySet<string> | undefined;
}

export interface ReconcileParts {
  readonly calls: HostLayers;
  readonly journal: ResourceJournal;
  readonly folders: LayerFolders;
  readonly remover: LayerRemover;
  readonly mounts: LayerMounts;
  readonly owned: OwnedLayers;
}

/** What is left afterwards. */
export interface ReconciledLayers extends StorageReconciliation {
  readonly layers: readonly GraphLayer[];
}

/**
 * Brings journal and disk together after a restart. Only what the journal names, or what carries Oriel's own
 * description, is touched.
 */
export async function reconcileLayers(parts: ReconcileParts): Promise<ReconciledLayers> {
  const removed: string[] = [];
  const failed: string[] = [];
  await settleMounts(parts, removed, failed);
  await settleWorkFolders(parts, removed, failed);

  const { journal, folders, remover, owned } = parts;
  const known = listJournal(parts);
  for (const { folder, goes } of known) if (!goes) await finishReplacing(folder, folders);
  const content = await folders.read(recordedFolders(journal));
  const ours = content.layers.filter((layer) => layer.origin === "oriel");
  // A journal that was lost gets to know again what there is.
  for (const { kind, id, folder } of ours.map(ownedBy)) {
    if (!known.some((each) => each.folder === folder)) journal.record(kind, id, { folder });
  }

  const kept = content.layers.filter((layer) => layer.origin === "docker" || isOwned(layer, owned));
  const keptFolders = new Set(kept.map((layer) => layer.folder));
  const gone = [...known, ...content.leftovers, ...ours.map(ownedBy)];
  for (const each of new Map(gone.map((found) => [found.folder, found])).values()) {
    const isKept = keptFolders.has(each.folder);
    // A layer that is whole may have been made anew while the former one of its name waited for its deletion.
    if (isKept && !content.leftovers.some((left) => left.folder === each.folder)) continue;
    const failure = isKept ? await remover.finishBeside(each) : await remover.finish(each);
    if (failure === undefined) removed.push(isKept ? `what was left of a former ${each.kind} ${each.id}` : `${each.kind} ${each.id}`);
    else failed.push(`${each.kind} ${each.id}: ${failure.message}`);
  }

  const lost = findWithoutParent(kept);
  for (const layer of lost) {
    const { kind, id } = ownedBy(layer);
    failed.push(`${kind} ${id} cannot be used: one that it stands on is not there`);
  }
  return { removed, failed, layers: kept.filter((layer) => layer.kind === "read-write" || !lost.has(layer)) };
}

function isOwned(layer: GraphLayer, { readWrite }: OwnedLayers): boolean {
  return layer.kind === "read-only" || readWrite === undefined || readWrite.has(layer.id);
}

/** The journal's layers in the driver's folder; those elsewhere are another backend's. */
function listJournal({ journal, folders }: ReconcileParts): (Owned & { readonly goes: boolean })[] {
  return (["layer", "scratch"] as const).flatMap((kind) =>
    journal
      .list(kind)
      .flatMap(({ id, data: { folder, removing } }) => (isOurs(folders, folder) ? [{ kind, id, folder, goes: removing === true }] : [])),
  );
}

function isOurs(folders: LayerFolders, folder: unknown): folder is string {
  return typeof folder === "string" && path.dirname(folder) === folders.home;
}

function findWithoutParent(layers: readonly GraphLayer[]): ReadonlySet<GraphLayer> {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const lost = new Set<GraphLayer>();
  const whole = new Set<string>();
  for (const layer of layers) {
    const seen = new Set<GraphLayer>();
    let at: GraphLayer | undefined = layer;
    while (at?.parent !== undefined && !seen.has(at) && !whole.has(at.id)) {
      seen.add(at);
      const parent = byId.get(at.parent);
      if (parent === undefined) lost.add(layer);
      at = parent;
    }
    if (!lost.has(layer)) for (const each of seen) whole.add(each.id);
  }
  return lost;
}

/** What a former process left mounted is taken over or unmounted. The host may have ended it by itself, as at its restart. */
async function settleMounts(
  { calls, journal, folders, mounts, owned }: ReconcileParts,
  removed: string[],
  failed: string[],
): Promise<void> {
  for (const { id, data } of journal.list("mounted-layer")) {
    const { folder } = data;
    if (!isOurs(folders, folder)) continue;
    if (owned.mounted?.has(id) === true && (await stillMounted(mounts, id, folder))) continue;
    const failure = await calls.detach(folder).then(ignore, (error: unknown) => toOrielError(error, "layer.put"));
    if (failure === undefined) {
      journal.clear("mounted-layer", id);
      removed.push(`mount of container ${id}`);
    } else failed.push(`mount of container ${id}: ${failure.message}`);
  }
}

/** What a former process was exporting to. */
async function settleWorkFolders({ journal, folders }: ReconcileParts, removed: string[], failed: string[]): Promise<void> {
  for (const { id, data } of journal.list("folder")) {
    const { folder } = data;
    if (!isOurs(folders, folder)) continue;
    try {
      await removeFolder(folder);
      journal.clear("folder", id);
      removed.push(`folder ${folder}`);
    } catch (error) {
      failed.push(`folder ${folder}: ${toOrielError(error, "layer.export").message}`);
    }
  }
}

/** A mount that the host cannot tell of is none. */
async function stillMounted(mounts: LayerMounts, id: string, folder: string): Promise<boolean> {
  try {
    return await mounts.adopt(id, folder);
  } catch {
    return false;
  }
}

function ignore(): void {}
