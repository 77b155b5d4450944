import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "@oriel/sqlite";

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

/** Opens the file of the networks. @throws as `openDatabase` of `@oriel/sqlite` */
export function openNetworksDatabase(file: string): DatabaseSync {
  const loss = "Without it the networks that were made are removed at the next start; those of others stay.";
  return openDatabase({ op: "networks.open", file, loss, migrations });
}
