import type { Migration } from "@oriel/sqlite";
import { storeMountsOfOlderRows } from "../volumes/older-mounts.ts";

/**
 * The schema, step by step: entry n takes a database from version n to n+1. Entries are only ever added. Times are
 * ISO 8601 in UTC; configurations are JSON as the API has them.
 */
export const migrations: readonly Migration[] = [
  `
  CREATE TABLE containers (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    created_at      TEXT NOT NULL,
    config          TEXT NOT NULL,
    host_config     TEXT NOT NULL,
    image_id        TEXT NOT NULL,
    image_os        TEXT NOT NULL,
    chain_id        TEXT NOT NULL,
    path            TEXT NOT NULL,
    args            TEXT NOT NULL,
    isolation       TEXT NOT NULL,
    scratch_folder  TEXT NOT NULL,
    status          TEXT NOT NULL,
    exit_code       INTEGER NOT NULL,
    error           TEXT NOT NULL,
    started_at      TEXT,
    finished_at     TEXT,
    restart_count   INTEGER NOT NULL,
    stopped_by_user INTEGER NOT NULL,
    spec            TEXT
  ) STRICT;
  CREATE TABLE resources (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    data       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (kind, id)
  ) STRICT;
  `,
  `
  CREATE TABLE events (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    at         TEXT NOT NULL,
    type       TEXT NOT NULL,
    action     TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    attributes TEXT NOT NULL
  ) STRICT;
  `,
  "ALTER TABLE containers ADD COLUMN oom_killed INTEGER NOT NULL DEFAULT 0;",
  // Null of containers that were made before there were networks: they are connected as their configuration says.
  "ALTER TABLE containers ADD COLUMN networks TEXT;",
  // Mounts are null of containers that were made before there were volumes, until the next migration.
  `
  ALTER TABLE containers ADD COLUMN mounts TEXT;
  CREATE TABLE volumes (
    name       TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    labels     TEXT
  ) STRICT;
  `,
  storeMountsOfOlderRows,
];
