import { chmodSync, closeSync, fdatasyncSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  checkDatabase,
  type DatabaseFacts,
  databaseOpenError,
  FailedPreconditionError,
  isInTransaction,
  reserveSpace,
  serviceToken,
  transaction,
} from "@oriel/core";
import { migrations } from "./migrations.ts";

const op = "database.open";

/**
 * The engine's SQLite database. What a call wrote is on the disk when the call returns. Opening it takes the root for this
 * process: a second daemon on the same root is refused instead of fighting over the same containers.
 */
export class EngineDatabase {
  readonly path: string;
  #connection: DatabaseSync | undefined;
  /** Descriptor of the write-ahead log. */
  #log: number | undefined;

  readonly #sync: (descriptor: number) => void;

  /**
   * @param file Absolute path; its folder is made when it is not there.
   * @param sync brings what was written to a file to the disk
   */
  constructor(file: string, sync: (descriptor: number) => void = fdatasyncSync) {
    this.path = file;
    this.#sync = sync;
  }

  /** @throws FailedPreconditionError unless open. */
  get connection(): DatabaseSync {
    if (this.#connection === undefined) {
      throw new FailedPreconditionError(`the database ${this.path} is not open`, { op: "database.use", resource: this.path });
    }
    return this.#connection;
  }

  /**
   * @throws UnavailableError when another process has it; FailedPreconditionError when a newer Oriel wrote it, or when it
   *   is no database.
   */
  open(): void {
    if (this.#connection !== undefined) return;
    mkdirSync(path.dirname(this.path), { recursive: true });
    const loss = "Without it the containers of this root are gone; images stay.";
    const facts = { op, file: this.path, loss };
    const connection = openFile(facts);
    try {
      // Containers' environments hold secrets.
      chmodSync(this.path, 0o600);
      connection.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
      // Pages: a log that grows takes longer to sync than one that is used again.
      connection.exec("PRAGMA wal_autocheckpoint = 200");
      migrate(connection, this.path);
      checkDatabase(connection, facts);
      reserveSpace(connection);
    } catch (error) {
      connection.close();
      throw databaseOpenError(error, facts);
    }
    this.#connection = connection;
  }

  /**
   * Writes what need not be on disk when it returns: the next write brings it there too. Only the end of the machine, not
   * that of the process, can take it back.
   */
  unsynced<T>(write: () => T): T {
    const { connection } = this;
    // Within a transaction that is for its end to decide.
    if (isInTransaction(connection)) return write();
    connection.exec("PRAGMA synchronous = NORMAL");
    try {
      return write();
    } finally {
      connection.exec("PRAGMA synchronous = FULL");
    }
  }

  /**
   * Writes what is on disk when it returns, as it is without this; but of short writes half of the time is spent on the
   * times of the file, for which SQLite waits as well: Node.js builds it without fdatasync.
   */
  synced<T>(write: () => T): T {
    const result = this.unsynced(write);
    if (isInTransaction(this.connection)) return result;
    // Open as long as the database is: SQLite keeps the file, and uses it from its start again when it has grown.
    this.#log ??= openSync(`${this.path}-wal`, "r+");
    this.#sync(this.#log);
    return result;
  }

  close(): void {
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
    this.#connection?.close();
    this.#connection = undefined;
  }
}

export const engineDatabaseToken = serviceToken<EngineDatabase>("oriel.engine-database");

function migrate(connection: DatabaseSync, file: string): void {
  // The exclusive lock is taken by the first write, so there is one even when there is nothing to migrate.
  transaction(connection, () => {
    const version = Number(connection.prepare("PRAGMA user_version").get()?.user_version ?? 0);
    if (version > migrations.length) {
      throw new FailedPreconditionError(`${file} has version ${version}; this Oriel knows versions up to ${migrations.length}`, {
        op,
        resource: file,
        remedy: "start the newer Oriel that wrote it, or choose another root",
      });
    }
    for (const statements of migrations.slice(version)) connection.exec(statements);
    connection.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function openFile(facts: DatabaseFacts): DatabaseSync {
  try {
    return new DatabaseSync(facts.file);
  } catch (error) {
    throw databaseOpenError(error, facts);
  }
}
