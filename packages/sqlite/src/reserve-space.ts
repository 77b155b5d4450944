import type { DatabaseSync } from "node:sqlite";
import { isDiskFull } from "@oriel/contracts";

/** Bytes: many rows, and more pages than the write-ahead log has when SQLite begins it anew. */
const reserved = 1024 * 1024;

/**
 * Makes the files of a database in WAL mode longer than they need be: its free pages and the space in its log are written to
 * again without asking the disk for more. So a container can be stopped and removed, which is written down as well, when the
 * disk is full. Keeps less where it is full already.
 */
export function reserveSpace(connection: DatabaseSync): void {
  try {
    connection.exec(`CREATE TABLE IF NOT EXISTS reserved_space (data BLOB); INSERT INTO reserved_space VALUES (zeroblob(${reserved}))`);
    // Only what was in the log once is in the file, where its pages stay when they are free.
    connection.exec("PRAGMA wal_checkpoint(FULL); DROP TABLE reserved_space; PRAGMA wal_checkpoint(FULL)");
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}
