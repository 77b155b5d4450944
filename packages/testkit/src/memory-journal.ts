import type { JournalEntry, ResourceJournal, ResourceKind } from "@oriel/contracts";

/** A journal that lasts as long as the object: for tests that want to see what was recorded. */
export function memoryJournal(): ResourceJournal {
  const entries = new Map<string, JournalEntry>();
  const key = (kind: ResourceKind, id: string) => `${kind} ${id}`;
  return {
    record(kind, id, data) {
      // Through JSON, as a journal on disk would keep it.
      const kept = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
      const createdAt = entries.get(key(kind, id))?.createdAt ?? new Date();
      entries.set(key(kind, id), { kind, id, data: kept, createdAt });
    },
    clear: (kind, id) => void entries.delete(key(kind, id)),
    list: (kind) => [...entries.values()].filter((entry) => kind === undefined || entry.kind === kind),
  };
}
