import { DatabaseSync } from "node:sqlite";
import { checkDatabase, databaseOpenError, FailedPreconditionError, reserveSpace, transaction } from "@oriel/core";

const op = "images.open";

/** Each entry takes the schema one version further; `PRAGMA user_version` is the number applied. Never edit one that shipped. */
const migrations = [
  `
  CREATE TABLE images (
    id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    tagged_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE names (
    name TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('tag', 'digest')),
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX names_of_image ON names (image_id);
  CREATE TABLE layers (
    chain_id TEXT PRIMARY KEY,
    depth INTEGER NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE image_layers (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    chain_id TEXT NOT NULL REFERENCES layers (chain_id),
    PRIMARY KEY (image_id, chain_id)
  ) STRICT;
  CREATE INDEX images_of_layer ON image_layers (chain_id);
  CREATE TABLE image_blobs (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('config', 'manifest', 'layer')),
    position INTEGER NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (image_id, role, position)
  ) STRICT;
  CREATE INDEX images_of_blob ON image_blobs (digest);
  `,
];

/**
 * Opens the database and brings its schema up to date. Every commit is on disk when it returns. It is locked for as long
 * as it is open: two engines on one root would remove each other's files.
 *
 * @throws UnavailableError for a database in use; FailedPreconditionError for one of a later Oriel, or that is damaged.
 */
export function openDatabase(file: string): DatabaseSync {
  const facts = { op, file, loss: "Without it the images of this root are gone, and are loaded again from their archives." };
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    migrate(database, file);
    checkDatabase(database, facts);
    reserveSpace(database);
    return database;
  } catch (error) {
    database?.close();
    throw databaseOpenError(error, facts);
  }
}

function migrate(database: DatabaseSync, file: string): void {
  transaction(database, () => {
    const version = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
    if (version > migrations.length) {
      throw new FailedPreconditionError(`${file} has schema version ${version}, and this Oriel knows up to ${migrations.length}`, {
        op,
        resource: file,
        remedy: "use the later Oriel that wrote it, or another root",
      });
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}
