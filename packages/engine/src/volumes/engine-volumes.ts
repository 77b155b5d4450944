import { ConflictError, isOrielError } from "@oriel/contracts";
import type { VolumeRecord, Volumes, VolumeUsage } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { createVolume } from "./create-volume.ts";
import { volumeEvent } from "./volume-events.ts";
import { listFilter, pruneFilter } from "./volume-filters.ts";
import type { VolumeData } from "./volume-store.ts";

/** Every operation on volumes. */
export function engineVolumes(context: EngineContext): Volumes {
  const { volumes, registry } = context;
  const show = (volume: VolumeData) => recordOf(context, volume);
  let isPruning = false;
  return {
    create: async (request) => show((await createVolume(context, request)).volume),
    async list(filters = {}) {
      const matches = listFilter(filters, (name) => registry.usersOfVolume(name).length > 0);
      return volumes.all().filter(matches).map(show);
    },
    inspect: async (name) => show(volumes.get(name)),
    async remove(name, { force = false } = {}) {
      if (force && volumes.find(name) === undefined) return;
      await volumes.remove(name);
    },
    async prune(filters = {}, signal) {
      const matches = pruneFilter(filters);
      if (isPruning) throw new ConflictError("a prune operation is already running", { op: "volume.prune" });
      isPruning = true;
      try {
        return await prune(context, matches, signal);
      } finally {
        isPruning = false;
      }
    },
  };
}

/** What volumes take up. One that is removed meanwhile is left out. */
export async function volumesUsage({ volumes, ...context }: EngineContext): Promise<readonly VolumeUsage[]> {
  const usages: VolumeUsage[] = [];
  for (const volume of volumes.all()) {
    const size = await volumes.folders.size(volume.name);
    if (volumes.find(volume.name) === undefined) continue;
    usages.push({ volume: recordOf({ volumes }, volume), size, users: context.registry.usersOfVolume(volume.name).length });
  }
  return usages;
}

async function prune(
  { volumes, registry, events, clock, logger }: EngineContext,
  matches: (volume: VolumeData) => boolean,
  signal?: AbortSignal,
): Promise<{ readonly removed: readonly string[]; readonly reclaimed: number }> {
  const removed: string[] = [];
  let reclaimed = 0;
  const isGivenUp = (): boolean => signal?.aborted === true;
  for (const { name } of volumes.all().filter(matches)) {
    if (isGivenUp()) break;
    if (registry.usersOfVolume(name).length > 0) continue;
    try {
      const size = await volumes.folders.size(name, signal);
      await volumes.remove(name);
      removed.push(name);
      reclaimed += size;
    } catch (error) {
      // Used or removed by others meanwhile.
      if (isOrielError(error, "Conflict") || isOrielError(error, "NotFound") || isGivenUp()) continue;
      logger.warn({ volume: name, error }, "a volume was not pruned");
    }
  }
  events.publish(volumeEvent(clock, "", "prune", { reclaimed: String(reclaimed) }));
  return { removed, reclaimed };
}

function recordOf({ volumes }: Pick<EngineContext, "volumes">, { name, createdAt, labels }: VolumeData): VolumeRecord {
  return { name, createdAt, labels, mountpoint: volumes.folders.dataOf(name) };
}
