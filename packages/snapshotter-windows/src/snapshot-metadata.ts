import {
  AlreadyExistsError,
  ConflictError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  type SnapshotKind,
  type SnapshotLabels,
  type SnapshotUsage,
} from "@oriel/contracts";
import type { Filter } from "./filter/filter.ts";
import type { MetadataDatabase } from "./metadata-database.ts";
import { hasDisk, type ListedSnapshot, listedColumns, recordColumns, type SnapshotRecord, toListed, toRecord } from "./snapshot-record.ts";
import { selectCandidates } from "./snapshot-selection.ts";

/** Layers that a container's root can be made of: Docker's own limit. */
const MAX_ANCESTORS = 127;

export interface NewSnapshot {
  readonly kind: Exclude<SnapshotKind, "committed">;
  readonly name: string;
  readonly parent: string | undefined;
  readonly labels: SnapshotLabels;
  readonly folder: string;
}

export interface CommittedSnapshot {
  readonly id: number;
  readonly name: string;
  /** Where it lies now; the former folder becomes loose where it is another. */
  readonly folder: string;
  readonly labels: SnapshotLabels;
  readonly usage: SnapshotUsage;
}

/**
 * Which snapshots there are, with the rules of containerd's metadata store. Nothing here touches a snapshot's folder:
 * each method is one short transaction, and what is to happen on disk is written down before and cleared after. What a
 * caller is told of is on disk by then; the rest is not waited for, as all it is for can be found out again.
 */
export class SnapshotMetadata {
  readonly #database: MetadataDatabase;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(database: MetadataDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** @throws NotFoundError */
  require(name: string, op: string): SnapshotRecord {
    const row = this.#database.get(`SELECT ${recordColumns} FROM snapshots s WHERE s.name = ? AND s.making = 0`, name);
    if (row === undefined) throw new NotFoundError(`there is no snapshot ${name}`, { op, resource: name });
    return toRecord(row);
  }

  /** Those of these ids that are there still, in the order of the names. */
  load(ids: readonly number[]): readonly ListedSnapshot[] {
    const where = "s.making = 0 AND s.id IN (SELECT value FROM json_each(?))";
    return toListed(this.#database.all(`SELECT ${listedColumns} FROM snapshots s WHERE ${where} ORDER BY s.name`, JSON.stringify(ids)));
  }

  /** Ids of those that the filters can choose, in the order of the names. */
  candidates(filters: readonly Filter[]): readonly number[] {
    const { sql, values } = selectCandidates(filters);
    return this.#database.all(sql, ...values).map(({ id }) => Number(id));
  }

  /** Folders of those below, immediate parent first. */
  foldersBelow({ id }: Pick<SnapshotRecord, "id">): string[] {
    const rows = this.#database.all(
      `WITH RECURSIVE below (id, level) AS (
        SELECT parent, 1 FROM snapshots WHERE id = ?
        UNION ALL SELECT s.parent, level + 1 FROM below JOIN snapshots s ON s.id = below.id
      ) SELECT s.folder FROM below JOIN snapshots s ON s.id = below.id ORDER BY level`,
      id,
    );
    return rows.map(({ folder }) => String(folder));
  }

  /**
   * Takes the name and the parent for a snapshot that nobody sees before `finish`.
   * @throws as Snapshotter.prepare
   */
  begin({ kind, name, parent, labels, folder }: NewSnapshot): SnapshotRecord {
    const op = kind === "view" ? "snapshot.view" : "snapshot.prepare";
    return this.#database.transaction(() => {
      this.requireFree(name, op);
      const below = parent === undefined ? undefined : this.#requireParent(name, parent, op);
      const now = this.#now();
      const id = this.#database.run(
        "INSERT INTO snapshots (name, kind, parent, depth, folder, settled, making, created, updated) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
        name,
        kind,
        below?.id ?? null,
        below === undefined ? 0 : below.depth + 1,
        folder,
        // Whatever is no scratch has nothing on disk yet that `settle` would be needed for.
        hasDisk({ kind, name, parent }) ? 0 : 1,
        now,
        now,
      );
      this.#setLabels(id, labels);
      const row = this.#database.get(`SELECT ${recordColumns} FROM snapshots s WHERE s.id = ?`, id) ?? {};
      return toRecord(row);
    });
  }

  finish(id: number): void {
    this.#database.durably(() => this.#database.run("UPDATE snapshots SET making = 0 WHERE id = ?", id));
  }

  /** What these folders must have is on the disk. Those that no snapshot has are left out. */
  settle(folders: readonly string[]): void {
    this.#database.durably(() => {
      for (const folder of folders) this.#database.run("UPDATE snapshots SET settled = 1 WHERE folder = ?", folder);
    });
  }

  /** Gives up what was begun; its folder is loose now. */
  abandon(id: number): void {
    this.#database.transaction(() => this.#loosen(id));
  }

  /** Those that are not committed. */
  uncommitted(): readonly SnapshotRecord[] {
    return this.#database.all(`SELECT ${recordColumns} FROM snapshots s WHERE s.making = 0 AND s.kind <> 'committed'`).map(toRecord);
  }

  /** Those that were begun and not finished, when nobody is at it any more. */
  unfinished(): readonly { readonly id: number; readonly name: string }[] {
    return this.#database
      .all("SELECT id, name FROM snapshots WHERE making = 1")
      .map(({ id, name }) => ({ id: Number(id), name: String(name) }));
  }

  /** @throws as Snapshotter.update */
  update(name: string, labels: SnapshotLabels, fields: readonly string[]): SnapshotRecord {
    const op = "snapshot.update";
    return this.#database.durably(() => {
      const found = this.require(name, op);
      let next: SnapshotLabels = found.labels;
      for (const field of fields) {
        if (field === "labels") next = labels;
        else if (field.startsWith("labels.") && field.length > "labels.".length) {
          const key = field.slice("labels.".length);
          next = { ...next, [key]: Object.hasOwn(labels, key) ? (labels[key] ?? "") : "" };
        } else {
          throw new InvalidArgumentError(`'${field}' of snapshot ${name} cannot be changed`, {
            op,
            resource: name,
            remedy: "Name labels, or labels. and the key of one.",
          });
        }
      }
      this.#setLabels(found.id, next);
      this.#database.run("UPDATE snapshots SET updated = ? WHERE id = ?", this.#now(), found.id);
      return this.require(name, op);
    });
  }

  /**
   * Makes a committed snapshot of an active one: its key vanishes, and the name appears.
   * @throws AlreadyExistsError
   */
  commit({ id, name, folder, labels, usage }: CommittedSnapshot): void {
    this.#database.durably(() => {
      this.requireFree(name, "snapshot.commit");
      const former = String(this.#database.get("SELECT folder FROM snapshots WHERE id = ?", id)?.folder);
      const now = this.#now();
      this.#database.run(
        "UPDATE snapshots SET name = ?, kind = 'committed', folder = ?, settled = 1, created = ?, updated = ?, size = ?, inodes = ? WHERE id = ?",
        name,
        folder,
        now,
        now,
        usage.size,
        usage.inodes,
        id,
      );
      this.#setLabels(id, labels);
      if (former === folder) return;
      this.reserve(former);
      this.release(folder);
    });
  }

  /** @throws AlreadyExistsError; InvalidArgumentError for an empty name. */
  requireFree(name: string, op: string): void {
    if (name === "") throw new InvalidArgumentError("a snapshot needs a name that is not empty", { op });
    if (this.#database.get("SELECT 1 FROM snapshots WHERE name = ?", name) === undefined) return;
    throw new AlreadyExistsError(`there is a snapshot ${name} already`, { op, resource: name });
  }

  /**
   * Takes the snapshot out, and returns its folder, which is loose now.
   * @throws NotFoundError; ConflictError while others stand on it.
   */
  remove(name: string): string {
    const op = "snapshot.remove";
    return this.#database.durably(() => {
      const found = this.require(name, op);
      const child = this.#database.get("SELECT name, making FROM snapshots WHERE parent = ? LIMIT 1", found.id);
      if (child !== undefined) {
        const what = child.making === 1 ? "one that is being made" : `snapshot ${child.name}`;
        throw new ConflictError(`snapshot ${name} cannot be removed: ${what} stands on it`, { op, resource: name });
      }
      this.#loosen(found.id);
      return found.folder;
    });
  }

  /** Writes down that a folder is no snapshot's, before it is made or when it is not any more. */
  reserve(folder: string): void {
    this.#database.run("INSERT OR IGNORE INTO loose_folders (folder) VALUES (?)", folder);
  }

  /** The folder is deleted, or a snapshot's. */
  release(folder: string): void {
    this.#database.run("DELETE FROM loose_folders WHERE folder = ?", folder);
  }

  /** Of these folders the ones that nothing is written down of. */
  unknown(folders: readonly string[]): string[] {
    const known = new Set(
      this.#database.all("SELECT folder FROM snapshots UNION ALL SELECT folder FROM loose_folders").map(({ folder }) => String(folder)),
    );
    return folders.filter((folder) => !known.has(folder));
  }

  looseFolders(): string[] {
    return this.#database.all("SELECT folder FROM loose_folders").map(({ folder }) => String(folder));
  }

  /** Writes down that the folder's disk is about to be attached. */
  recordAttached(folder: string, purpose: "mount" | "reading"): void {
    this.#database.run("INSERT OR REPLACE INTO attached_folders (folder, purpose) VALUES (?, ?)", folder, purpose);
  }

  clearAttached(folder: string): void {
    this.#database.run("DELETE FROM attached_folders WHERE folder = ?", folder);
  }

  /** Folders that are attached for this, or may be, with the name of the snapshot where there is still one. */
  attachedFolders(purpose: "mount" | "reading"): readonly { readonly folder: string; readonly name: string | undefined }[] {
    return this.#database
      .all("SELECT a.folder, s.name FROM attached_folders a LEFT JOIN snapshots s ON s.folder = a.folder WHERE a.purpose = ?", purpose)
      .map(({ folder, name }) => ({ folder: String(folder), name: name === null ? undefined : String(name) }));
  }

  #requireParent(name: string, parent: string, op: string): SnapshotRecord {
    const found = this.require(parent, op);
    if (found.kind !== "committed") {
      throw new InvalidArgumentError(`snapshot ${name} cannot stand on ${parent}, which is not committed`, { op, resource: parent });
    }
    const ancestors = found.depth + 1;
    if (ancestors > MAX_ANCESTORS) {
      throw new InvalidArgumentError(`snapshot ${name} would have ${ancestors} others below it; at most ${MAX_ANCESTORS} can be`, {
        op,
        resource: parent,
        remedy: "Build the image with fewer instructions, or flatten it.",
      });
    }
    return found;
  }

  #setLabels(id: number, labels: SnapshotLabels): void {
    this.#database.run("DELETE FROM labels WHERE snapshot = ?", id);
    for (const [key, value] of Object.entries(labels)) {
      if (value !== "") this.#database.run("INSERT INTO labels (snapshot, key, value) VALUES (?, ?, ?)", id, key, value);
    }
  }

  #loosen(id: number): void {
    this.#database.run("INSERT OR IGNORE INTO loose_folders (folder) SELECT folder FROM snapshots WHERE id = ?", id);
    this.#database.run("DELETE FROM snapshots WHERE id = ?", id);
  }
}

/** @throws FailedPreconditionError unless it is one of `kinds`. */
export function requireKind(record: SnapshotRecord, kinds: readonly SnapshotKind[], op: string): void {
  if (kinds.includes(record.kind)) return;
  throw new FailedPreconditionError(
    `snapshot ${record.name} is ${describeKind(record.kind)}, not ${kinds.map(describeKind).join(" or ")}`,
    {
      op,
      resource: record.name,
    },
  );
}

function describeKind(kind: SnapshotKind): string {
  return kind === "view" ? "a view" : kind;
}
