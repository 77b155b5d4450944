import type { DatabaseSync } from "node:sqlite";

/** Connections that are within a transaction. Node.js itself reports that from 22.16 on only (`isTransaction`). */
const within = new WeakSet<DatabaseSync>();

/** Runs `change` in a transaction of SQLite: all that it writes is kept or, when it throws, nothing. */
export function transaction<T>(connection: DatabaseSync, change: () => T): T {
  connection.exec("BEGIN IMMEDIATE");
  within.add(connection);
  try {
    const result = change();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(connection);
    throw error;
  } finally {
    within.delete(connection);
  }
}

/** Whether `transaction` runs on this connection. */
export function isInTransaction(connection: DatabaseSync): boolean {
  return within.has(connection);
}

function rollBack(connection: DatabaseSync): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // SQLite itself ended the transaction, as it does on a full disk, and took back what it wrote.
  }
}
