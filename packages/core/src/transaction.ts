/** What of a connection of `node:sqlite` is needed here. */
interface TransactionConnection {
  exec(sql: string): void;
}

/** Connections that are within a transaction. Node.js itself reports that from 22.16 on only (`isTransaction`). */
const within = new WeakSet<TransactionConnection>();

/** Runs `change` in a transaction of SQLite: all that it writes is kept or, when it throws, nothing. */
export function transaction<T>(connection: TransactionConnection, change: () => T): T {
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
export function isInTransaction(connection: TransactionConnection): boolean {
  return within.has(connection);
}

function rollBack(connection: TransactionConnection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // SQLite itself ended the transaction, as it does on a full disk, and took back what it wrote.
  }
}
