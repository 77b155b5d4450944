/** Each entry takes the schema one version further; `PRAGMA user_version` is the number applied. Never edit one that shipped. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('active', 'view', 'committed')),
    parent INTEGER REFERENCES snapshots (id),
    -- How many stand below it.
    depth INTEGER NOT NULL,
    folder TEXT NOT NULL UNIQUE,
    -- 1 until its folder is whole: nobody sees it before, but its name is taken and its parent in use.
    making INTEGER NOT NULL CHECK (making IN (0, 1)),
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    -- Usage of a committed snapshot.
    size INTEGER NOT NULL DEFAULT 0,
    inodes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX snapshots_on_parent ON snapshots (parent);
  CREATE INDEX snapshots_in_making ON snapshots (id) WHERE making = 1;
  CREATE TABLE labels (
    snapshot INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (snapshot, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX labels_by_value ON labels (key, value);
  -- Folders that no snapshot has yet, or any more: they are there to be deleted.
  CREATE TABLE loose_folders (folder TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- Folders whose disk is attached, or about to be.
  CREATE TABLE attached_folders (
    folder TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('mount', 'reading'))
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- 0 as long as the disk of a new scratch is not known to be on the host's: nobody has used it, so it can be made again.
  ALTER TABLE snapshots ADD COLUMN settled INTEGER NOT NULL DEFAULT 1 CHECK (settled IN (0, 1));
  `,
];
