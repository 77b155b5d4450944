import { checkDatabase, type DatabaseFacts } from "./database-fault.ts";
import { FailedPreconditionError } from "./errors.ts";
import { reserveSpace } from "./reserve-space.ts";
import { transaction } from "./transaction.ts";

export interface DatabaseSchema extends DatabaseFacts {
  /** Each entry takes the schema one version further; `PRAGMA user_version` is the number applied. Never edit one that shipped. */
  readonly migrations: readonly string[];
}

/** What of a connection of `node:sqlite` is needed here. */
interface DatabaseConnection {
  exec(sql: string): void;
  prepare(sql: string): { get(): unknown };
}

/**
 * Brings the schema of a database up to date, and checks it. It is locked for as long as the connection is open, as two engines on one
 * root would undo each other's work. Every commit is on disk when it returns.
 *
 * @throws FailedPreconditionError for a database of a later Oriel, or that is damaged; what SQLite throws otherwise (`databaseOpenError`)
 */
export function prepareDatabase(connection: DatabaseConnection, schema: DatabaseSchema): void {
  connection.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  migrate(connection, schema);
  checkDatabase(connection, schema);
  reserveSpace(connection);
}

function migrate(connection: DatabaseConnection, { migrations, file, op }: DatabaseSchema): void {
  transaction(connection, () => {
    const { user_version: found } = connection.prepare("PRAGMA user_version").get() as { readonly user_version?: unknown };
    const version = Number(found ?? 0);
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
