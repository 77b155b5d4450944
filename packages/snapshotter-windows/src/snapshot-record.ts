import type { SnapshotInfo, SnapshotKind, SnapshotLabels, SnapshotUsage } from "@oriel/contracts";
import type { Row } from "./metadata-database.ts";
import { parseUnpackKey } from "./unpack-key.ts";

/** A snapshot with what only this snapshotter knows of it. */
export interface SnapshotRecord extends SnapshotInfo {
  readonly id: number;
  /** Name of its folder among those of the snapshots. */
  readonly folder: string;
  /** How many stand below it. */
  readonly depth: number;
  /** Of a committed snapshot. */
  readonly usage: SnapshotUsage;
  /** Whether all that its folder must have is known to be on the disk. */
  readonly settled: boolean;
}

type Nature = Pick<SnapshotInfo, "kind" | "name" | "parent">;

/** Whether a layer is unpacked into its folder. */
export function isToBeUnpacked({ kind, name }: Pick<Nature, "kind" | "name">): boolean {
  return kind === "active" && parseUnpackKey(name) !== undefined;
}

/** Whether it is a scratch: all others are folders of files. */
export function hasDisk({ kind, name, parent }: Nature): boolean {
  return kind !== "committed" && parent !== undefined && !isToBeUnpacked({ kind, name });
}

/** Of a snapshot what a list of many needs. */
export interface ListedSnapshot {
  readonly info: SnapshotInfo;
  /** Name of its folder among those of the snapshots. */
  readonly folder: string;
}

/** What `toListed` reads. */
export const listedColumns = `
  s.name, s.kind, s.folder, s.created, s.updated,
  (SELECT name FROM snapshots WHERE id = s.parent) AS parent,
  (SELECT json_group_object(key, value) FROM labels WHERE snapshot = s.id) AS labels
`;

/** What `toRecord` reads. */
export const recordColumns = `${listedColumns}, s.id, s.depth, s.size, s.inodes, s.settled`;

export function toRecord(row: Row): SnapshotRecord {
  return {
    ...readInfo(row, JSON.parse(String(row.labels)) as SnapshotLabels),
    id: Number(row.id),
    folder: String(row.folder),
    depth: Number(row.depth),
    usage: { size: Number(row.size), inodes: Number(row.inodes) },
    settled: row.settled === 1,
  };
}

/** Most of many have the labels of the one before them: these are read once, and the same object. */
export function toListed(rows: readonly Row[]): ListedSnapshot[] {
  let text: unknown;
  let labels: SnapshotLabels = {};
  return rows.map((row) => {
    if (row.labels !== text) {
      text = row.labels;
      labels = Object.freeze(JSON.parse(String(text)) as SnapshotLabels);
    }
    return { info: readInfo(row, labels), folder: String(row.folder) };
  });
}

function readInfo(row: Row, labels: SnapshotLabels): SnapshotInfo {
  return {
    kind: row.kind as SnapshotKind,
    name: String(row.name),
    parent: row.parent === null ? undefined : String(row.parent),
    labels,
    createdAt: new Date(Number(row.created)),
    updatedAt: new Date(Number(row.updated)),
  };
}
