import { mkdirSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { FailedPreconditionError, serviceToken } from "@oriel/contracts";
import { isInTransaction, openDatabase, WriteAheadLog } from "@oriel/sqlite";
import { migrations } from "./migrations.ts";

/**
 * The engine's SQLite database. What a call wrote is on the disk when the call returns. Opening it takes the root for this
 * process: a second daemon on the same root is refused instead of fighting over the same containers.
 */
export class EngineDatabase {
  readonly path: string;
  #connection: DatabaseSync | undefined;
  readonly #log: WriteAheadLog;

  /**
   * @param file Absolute path; its folder is made when it is not there.
   * @param sync syncs the data of an open file
   */
  constructor(file: string, sync?: (descriptor: number) => void) {
    this.path = file;
    this.#log = new WriteAheadLog(file, sync);
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
    this.#connection = openDatabase({ op: "database.open", file: this.path, loss, migrations });
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
   * Writes what is on disk when it returns, as it is without this, but in half of the time where the write is short.
   */
  synced<T>(write: () => T): T {
    const result = this.unsynced(write);
    if (isInTransaction(this.connection)) return result;
    this.#log.sync();
    return result;
  }

  close(): void {
    this.#log.close();
    this.#connection?.close();
    this.#connection = undefined;
  }
}

export const engineDatabaseToken = serviceToken<EngineDatabase>("oriel.engine-database");
