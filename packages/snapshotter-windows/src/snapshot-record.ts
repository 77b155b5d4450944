import type { SnapshotInfo, SnapshotKind, SnapshotLabels, SnapshotUsage } from "@oriel/core";
import type { Row } from "./metadata-database.ts";

/** A snapshot with what only this snapshotter knows of it. */
export interface SnapshotRecord extends SnapshotInfo {
  readonly id: number;
  /** Name of its folder among those of the snapshots. */
  readonly folder: string;
  /** How many stand below it. */
  readonly depth: number;
  /** Of a committed snapshot. */
  readonly usage: SnapshotUsage;
}

export const recordColumns = `
  s.id, s.name, s.kind, s.depth, s.folder, s.created, s.updated, s.size, s.inodes,
  (SELECT name FROM snapshots WHERE id = s.parent) AS parent,
  (SELECT json_group_object(key, value) FROM labels WHERE snapshot = s.id) AS labels
`;

export function toRecord(row: Row): SnapshotRecord {
  return {
    kind: row.kind as SnapshotKind,
    name: String(row.name),
    parent: row.parent === null ? undefined : String(row.parent),
    labels: JSON.parse(String(row.labels)) as SnapshotLabels,
    createdAt: new Date(Number(row.created)),
    updatedAt: new Date(Number(row.updated)),
    id: Number(row.id),
    folder: String(row.folder),
    depth: Number(row.depth),
    usage: { size: Number(row.size), inodes: Number(row.inodes) },
  };
}
