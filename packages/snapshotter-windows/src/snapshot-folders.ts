import { randomUUID } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { listSmallFolder } from "@oriel/hcs-bindings";
import { removeFolder } from "@oriel/layer-tar";

/** Entries of a folder up to which it is small. */
const FEW = 64;

/** What the snapshotter's root has in it: a folder for each snapshot, and a place for work that nobody misses after a crash. */
export class SnapshotFolders {
  readonly root: string;
  readonly snapshots: string;
  readonly #work: string;

  constructor(root: string) {
    this.root = root;
    this.snapshots = path.join(root, "snapshots");
    this.#work = path.join(root, "work");
  }

  get database(): string {
    return path.join(this.root, "metadata.db");
  }

  async make(): Promise<void> {
    await mkdir(this.snapshots, { recursive: true, mode: 0o700 });
  }

  /** Only for who holds the database, as others may be at work otherwise. */
  async clearWork(): Promise<void> {
    await removeFolder(this.#work);
    await mkdir(this.#work, { mode: 0o700 });
  }

  /** Random, as Windows knows layers by the last part of their path only: numbers would mean the same in every root. */
  newName(): string {
    return randomUUID().replaceAll("-", "");
  }

  /** Folders that `newName` named, whether or not a snapshot has them. */
  async list(): Promise<string[]> {
    return (await readdir(this.snapshots)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  }

  pathOf(folder: string): string {
    // Not `join`, which takes long for lists of thousands.
    return `${this.snapshots}${path.sep}${folder}`;
  }

  /** Absolute path of a folder that is not there yet. */
  newWorkFolder(): string {
    return path.join(this.#work, this.newName());
  }

  /** A small one at once, as threads would take longer. */
  async removeWork(folder: string): Promise<void> {
    if (existsSync(folder) && listSmallFolder(folder, FEW) === undefined) await removeFolder(folder);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
