import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FailedPreconditionError } from "@oriel/contracts";
import { checkDatabase, type DatabaseFacts, databaseOpenError } from "./database-fault.ts";
import { reserveSpace } from "./reserve-space.ts";
import { transaction } from "./transaction.ts";

export interface OpenDatabaseOptions extends DatabaseFacts {
  /** Each entry takes the schema one version further; `PRAGMA user_version` is the number applied. Never edit one that shipped. */
  readonly migrations: readonly string[];
  /**
   * "full": a transaction is on disk when it returns. "normal": the end of the machine, though not that of the process, can take back
   * what was written since a {@link WriteAheadLog} was synced.
   * @default "full"
   */
  readonly synchronous?: "full" | "normal";
}

/**
 * Opens a database, creates it if it does not exist, brings its schema up to date, and checks it. Only its owner can read the file. It is
 * locked for as long as it is open: two engines on one root would undo each other's work.
 *
 * @throws UnavailableError if another process has it open; FailedPreconditionError if a later Oriel wrote it, or it is damaged
 */
export function openDatabase(options: OpenDatabaseOptions): DatabaseSync {
  const { file, migrations, synchronous = "full" } = options;
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file);
    chmodSync(file, 0o600);
    connection.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
    // Pages: a log that grows takes longer to sync than one that is used again.
    connection.exec("PRAGMA wal_autocheckpoint = 200");
    migrate(connection, migrations, options);
    checkDatabase(connection, options);
    reserveSpace(connection);
    return connection;
  } catch (error) {
    connection?.close();
    throw databaseOpenError(error, options);
  }
}

function migrate(connection: DatabaseSync, migrations: readonly string[], { file, op }: DatabaseFacts): void {
  // The exclusive lock is taken by the first write, so there is one even when there is nothing to migrate.
  transaction(connection, () => {
    const version = Number(connection.prepare("PRAGMA user_version").get()?.user_version ?? 0);
    if (version > migrations.length) {
      throw new FailedPreconditionError(`${file} has schema version ${version}, and this Oriel knows up to ${migrations.length}`, {
        op,
        resource: file,
        remedy: "use the later Oriel that wrote it, or another root",
      });
    }
    for (const migration of migrations.slice(version)) connection.exec(migration);
    connection.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}
