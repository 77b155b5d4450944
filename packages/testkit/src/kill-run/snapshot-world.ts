import type { SnapshotInfo, SnapshotKind } from "@oriel/contracts";
import { type WorldFiles, withFiles } from "./world-files.ts";

export interface WorldSnapshot {
  readonly name: string;
  readonly kind: SnapshotKind;
  readonly parent: string | undefined;
  /** Value of the label `mark`. */
  readonly mark: string;
  /** undefined while, or after, a write that was cut short. */
  readonly files: WorldFiles | undefined;
}

/** What the program tells: before it begins with something, and when the snapshotter has reported it done. */
export interface SnapshotEvent {
  readonly phase: "begin" | "done";
  readonly op: "prepare" | "view" | "write" | "update" | "commit" | "remove";
  /** The snapshot as it was; absent where none was. */
  readonly before?: WorldSnapshot;
  /** The snapshot as it shall be, perhaps of another name; absent where none is left. */
  readonly after?: WorldSnapshot;
}

/** Which snapshots must be there, and which may be, by what the program told. */
export class SnapshotWorld {
  readonly snapshots = new Map<string, WorldSnapshot>();
  /** Begun and not reported done, by the name before or after: as it was, or as it shall be. */
  readonly underWay = new Map<string, SnapshotEvent>();

  apply(event: SnapshotEvent): void {
    const { phase, op, before, after } = event;
    const key = before?.name ?? after?.name ?? "";
    if (phase === "begin") {
      this.underWay.set(key, event);
      if (op === "write" && before !== undefined) this.snapshots.set(before.name, { ...before, files: undefined });
      return;
    }
    this.underWay.delete(key);
    if (before !== undefined) this.snapshots.delete(before.name);
    if (after !== undefined) this.snapshots.set(after.name, after);
  }

  /** After a restart: what was in doubt is as it was found, wholly done or not at all. */
  settle(found: ReadonlyMap<string, SnapshotInfo>): void {
    for (const { op, before, after } of this.underWay.values()) {
      if (op === "write") continue;
      if (before !== undefined) this.snapshots.delete(before.name);
      if (after !== undefined && isLike(found.get(after.name), after)) this.snapshots.set(after.name, after);
      else if (before !== undefined && (after !== undefined || found.has(before.name))) this.snapshots.set(before.name, before);
    }
    this.underWay.clear();
  }

  /** After a loss of power: what was written into a snapshot that is not committed was promised to nobody. */
  loseWrites(): void {
    for (const [name, snapshot] of this.snapshots) {
      if (snapshot.kind !== "committed" && Object.keys(snapshot.files ?? {}).length > 0)
        this.snapshots.set(name, { ...snapshot, files: undefined });
    }
  }

  /** The files that a mount of it shows; undefined where that is not known. */
  shownBy(name: string | undefined): Map<string, string> | undefined {
    if (name === undefined) return new Map();
    const snapshot = this.snapshots.get(name);
    const below = snapshot === undefined ? undefined : this.shownBy(snapshot.parent);
    return snapshot?.files === undefined || below === undefined ? undefined : withFiles(below, snapshot.files);
  }

  toJSON(): readonly WorldSnapshot[] {
    return [...this.snapshots.values()];
  }

  static from(snapshots: readonly WorldSnapshot[]): SnapshotWorld {
    const world = new SnapshotWorld();
    for (const snapshot of snapshots) world.snapshots.set(snapshot.name, snapshot);
    return world;
  }
}

export function isLike(info: SnapshotInfo | undefined, { kind, parent, mark }: WorldSnapshot): boolean {
  return info !== undefined && info.kind === kind && info.parent === parent && info.labels.mark === mark;
}
