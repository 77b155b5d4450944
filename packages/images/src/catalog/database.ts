import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "@oriel/sqlite";

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

/** Opens the catalogue. @throws as `openDatabase` of `@oriel/sqlite` */
export function openImagesDatabase(file: string): DatabaseSync {
  const loss = "Without it the images of this root are gone, and are loaded again from their archives.";
  return openDatabase({ op: "images.open", file, loss, migrations });
}
