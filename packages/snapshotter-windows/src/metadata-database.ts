import { chmodSync, closeSync, fdatasyncSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { checkDatabase, databaseOpenError, FailedPreconditionError, reserveSpace, transaction } from "@oriel/core";
import { migrations } from "./metadata-schema.ts";

const op = "snapshots.open";

export type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * The snapshotter's SQLite file. The end of this process loses nothing that was written; the end of the machine, nothing
 * that was written before or by the last `durably`.
 */
export class MetadataDatabase {
  readonly path: string;
  /** Undefined once closed. */
  #connection: DatabaseSync | undefined;
  readonly #statements = new Map<string, StatementSync>();
  readonly #sync: (descriptor: number) => void;
  /** Descriptor of the write-ahead log. */
  #log: number | undefined;

  /**
   * Opens the file, makes it where it is not there, and locks it: two snapshotters on one folder would delete each
   * other's snapshots.
   *
   * @param file absolute path; its folder must be there
   * @param sync brings what was written to a file to the disk
   * @throws UnavailableError while another process has it; FailedPreconditionError for a file of a later version, or that
   *   is no database.
   */
  constructor(file: string, sync: (descriptor: number) => void = fdatasyncSync) {
    this.path = file;
    this.#sync = sync;
    const facts = { op, file, loss: "Without it all snapshots are gone: image layers are unpacked again, what containers wrote is lost." };
    let connection: DatabaseSync | undefined;
    try {
      connection = new DatabaseSync(file);
      chmodSync(file, 0o600);
      connection.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
      // Pages: a log that grows takes longer to sync than one that is used again.
      connection.exec("PRAGMA wal_autocheckpoint = 200");
      migrate(connection, file);
      checkDatabase(connection, facts);
      reserveSpace(connection);
    } catch (error) {
      connection?.close();
      throw databaseOpenError(error, facts);
    }
    this.#connection = connection;
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values);
  }

  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  /** Runs `work` as a whole: what it throws takes back all that it wrote. */
  transaction<T>(work: () => T): T {
    return transaction(this.#use(), work);
  }

  /**
   * As `transaction`, and all that was written so far is on disk when it returns. The write-ahead log is one file, in the
   * order of the transactions, so to sync it syncs all former ones too. SQLite itself would do so when asked for FULL
   * (https://www.sqlite.org/pragma.html#pragma_synchronous), but waits for the file's times as well, which takes twice as
   * long: Node.js builds it without fdatasync.
   */
  durably<T>(work: () => T): T {
    const result = this.transaction(work);
    // Open as long as the database is: SQLite keeps the file, and uses it from its start again when it has grown.
    this.#log ??= openSync(`${this.path}-wal`, "r+");
    this.#sync(this.#log);
    return result;
  }

  /** A second call does nothing. */
  close(): void {
    this.#statements.clear();
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #prepare(sql: string): StatementSync {
    const connection = this.#use();
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #use(): DatabaseSync {
    if (this.#connection !== undefined) return this.#connection;
    throw new FailedPreconditionError("the snapshotter is closed", { op: "snapshots.use", resource: this.path });
  }
}

function migrate(connection: DatabaseSync, file: string): void {
  // The exclusive lock is taken by the first write, so there is one even when there is nothing to migrate.
  connection.exec("BEGIN IMMEDIATE");
  const version = Number(connection.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (version > migrations.length) {
    throw new FailedPreconditionError(`${file} has version ${version}; this Oriel knows versions up to ${migrations.length}`, {
      op,
      resource: file,
      remedy: "Start the newer Oriel that wrote it, or choose another folder.",
    });
  }
  for (const statements of migrations.slice(version)) connection.exec(statements);
  connection.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
}
