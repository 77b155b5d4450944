import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { databaseOpenError, prepareDatabase } from "@oriel/core";

const migrations = [
  `
  CREATE TABLE networks (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE endpoints (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
  ) STRICT;
  `,
];

/**
 * Opens the database and brings its schema up to date. It is locked for as long as it is open.
 * @throws UnavailableError for a database in use; FailedPreconditionError for one of a later Oriel, or that is damaged
 */
export function openDatabase(file: string): DatabaseSync {
  const loss = "Without it the networks that were made are removed at the next start; those of others stay.";
  const schema = { op: "networks.open", file, loss, migrations };
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    chmodSync(file, 0o600);
    prepareDatabase(database, schema);
    return database;
  } catch (error) {
    database?.close();
    throw databaseOpenError(error, schema);
  }
}
