/**
 * `active`: writable, named by a key; `view`: the same, but what is written is thrown away; `committed`: read-only,
 * named by a name, and a possible parent.
 */
export type SnapshotKind = "active" | "view" | "committed";

export type SnapshotLabels = Readonly<Record<string, string>>;

export interface SnapshotInfo {
  readonly kind: SnapshotKind;
  /** Key of an active snapshot or a view, name of a committed one; unique among all of them. */
  readonly name: string;
  /** Name of a committed snapshot; absent for one that stands on nothing. */
  readonly parent: string | undefined;
  readonly labels: SnapshotLabels;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a snapshot takes on disk, without its parents. */
export interface SnapshotUsage {
  /** Bytes of its files, each counted once however many names it has. */
  readonly size: number;
  /** Files and folders. */
  readonly inodes: number;
}

/** How to make a snapshot's content visible, as containerd's mounts say it. */
export interface SnapshotMount {
  /** `windows-layer`: a scratch over its parents; `bind`: the folder as it is. */
  readonly type: "windows-layer" | "bind";
  /** Absolute path. */
  readonly source: string;
  /** `rw` or `ro`, and for a snapshot with parents `parentLayerPaths=` with a JSON array of folders, immediate parent first. */
  readonly options: readonly string[];
}

export interface PrepareSnapshotOptions {
  /** A name that no snapshot has yet. */
  readonly key: string;
  /** Name of a committed snapshot. @default none: an empty folder */
  readonly parent?: string | undefined;
  readonly labels?: SnapshotLabels | undefined;
}

export interface CommitSnapshotOptions {
  /** A name that no snapshot has yet. */
  readonly name: string;
  /** Of an active snapshot, which is gone afterwards. */
  readonly key: string;
  /** In place of those that the active snapshot had. @default none */
  readonly labels?: SnapshotLabels;
}

/**
 * Snapshots of file trees that stand on each other, with the rules of containerd's snapshotters
 * (https://github.com/containerd/containerd/blob/main/docs/snapshotters/README.md). Each call happens wholly or not at
 * all, also when the process is killed in it.
 */
export interface Snapshotter {
  /** @throws NotFoundError */
  stat(name: string): Promise<SnapshotInfo>;
  /**
   * Changes labels. `fields` names what to change: `labels` all of them, `labels.<key>` one; a label that `labels` does
   * not have, or has as empty text, is taken away.
   * @param fields @default `["labels"]`
   * @throws NotFoundError; InvalidArgumentError for any other field.
   */
  update(name: string, labels: SnapshotLabels, fields?: readonly string[]): Promise<SnapshotInfo>;
  /** Of a committed snapshot as it was when it was committed, of another as it is. @throws NotFoundError */
  usage(name: string): Promise<SnapshotUsage>;
  /** @throws NotFoundError; FailedPreconditionError for a committed snapshot, which has none. */
  mounts(key: string): Promise<readonly SnapshotMount[]>;
  /**
   * Makes an active snapshot.
   * @throws AlreadyExistsError; NotFoundError for a parent that is not there; InvalidArgumentError for one that is not
   *   committed, and for one with more than 126 others below it, naming the number.
   */
  prepare(options: PrepareSnapshotOptions): Promise<readonly SnapshotMount[]>;
  /** Makes a view. @throws as `prepare` */
  view(options: PrepareSnapshotOptions): Promise<readonly SnapshotMount[]>;
  /**
   * Makes a committed snapshot of an active one, which must not be mounted.
   * @throws NotFoundError; AlreadyExistsError; FailedPreconditionError for what is not active; ConflictError while it is
   *   mounted or read.
   */
  commit(options: CommitSnapshotOptions): Promise<void>;
  /** @throws NotFoundError; ConflictError while others stand on it, or while it is mounted or read. */
  remove(name: string): Promise<void>;
  /**
   * Every snapshot that one of the filters chooses (see `parseFilter`), in the order of their names, each as it is when it
   * is reached; all of them without filters. Fields: `name`, `kind`, `parent`, `labels.<key>`.
   * @throws InvalidArgumentError for a malformed filter.
   */
  walk(...filters: readonly string[]): AsyncIterable<SnapshotInfo>;
  /** Deletes what could not be deleted before. @throws the first failure, after all was tried. */
  cleanup(): Promise<void>;
  /** Ends what is under way and gives the database up; a second call does nothing. */
  close(): Promise<void>;
}
