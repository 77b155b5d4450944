import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ImageConfig, ImageRecord } from "@oriel/contracts";
import { transaction } from "@oriel/sqlite";
import type { ImageCandidate } from "./image-candidate.ts";
import { canonicalReference, familiarReference, type ImageReference, parseReference, repositoryName } from "./reference.ts";

/** A name of an image as it is kept: whole, unique. */
export interface ImageName {
  /** `docker.io/library/nano:latest`, `docker.io/library/nano@sha256:…` */
  readonly name: string;
  /** `docker.io/library/nano` */
  readonly repository: string;
  readonly kind: "tag" | "digest";
}

interface ImageRow {
  readonly id: string;
  readonly config: string;
  readonly chain_id: string;
  readonly tagged_at: number;
  readonly size: number;
}

interface NameRow extends ImageName {
  readonly image_id: string;
}

const selectImages = `
  SELECT id, config, chain_id, tagged_at,
    (SELECT coalesce(sum(size), 0) FROM image_layers JOIN layers USING (chain_id) WHERE image_id = id) AS size
  FROM images`;

/** The tables of images, their names, layers and blobs. Every method is synchronous; what it wrote is on disk. */
export class ImageCatalog {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** What `list` read last; undefined since something was written. */
  #listed: readonly ImageRecord[] | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Newest first, by the time in the configuration. Read once until something is written: clients ask for it all the time, and
   * an image may have thousands of names.
   */
  list(): readonly ImageRecord[] {
    this.#listed ??= this.#readAll();
    return this.#listed;
  }

  #readAll(): ImageRecord[] {
    const names = new Map<string, NameRow[]>();
    for (const row of this.#all<NameRow>("SELECT name, repository, kind, image_id FROM names")) {
      const known = names.get(row.image_id);
      // An image may have thousands: its list must not be copied for each.
      if (known === undefined) names.set(row.image_id, [row]);
      else known.push(row);
    }
    const records = this.#all<ImageRow>(selectImages).map((row) => toRecord(row, names.get(row.id) ?? []));
    const created = new Map(records.map(({ id, config }) => [id, Date.parse(config.created ?? "") || 0]));
    const age = ({ id }: ImageRecord) => created.get(id) ?? 0;
    return records.sort((a, b) => age(b) - age(a) || (a.id < b.id ? -1 : 1));
  }

  find(id: string): ImageRecord | undefined {
    const row = this.#all<ImageRow>(`${selectImages} WHERE id = ?`, id)[0];
    return row && toRecord(row, this.namesOf(id));
  }

  idOfName(name: string): string | undefined {
    return this.#all<NameRow>("SELECT image_id FROM names WHERE name = ?", name)[0]?.image_id;
  }

  /** Ids that begin so; at most `limit`. `hex` holds hex digits only. */
  idsBeginning(hex: string, limit: number): string[] {
    const rows = this.#all<{ id: string }>("SELECT id FROM images WHERE id GLOB ? ORDER BY id LIMIT ?", `sha256:${hex}*`, limit);
    return rows.map(({ id }) => id);
  }

  /** Sorted. */
  namesOf(id: string): ImageName[] {
    return this.#all<ImageName>("SELECT name, repository, kind FROM names WHERE image_id = ? ORDER BY name", id);
  }

  /**
   * Records images whose layers are all in storage and whose blobs are all in the content store. An image that is there
   * gains the names.
   * @param sizes of the layers, by chain id.
   */
  add(images: readonly ImageCandidate[], sizes: ReadonlyMap<string, number>, now: Date): void {
    transaction(this.#database, () => {
      for (const image of images) this.#addImage(image, sizes, now);
    });
  }

  #addImage(image: ImageCandidate, sizes: ReadonlyMap<string, number>, now: Date): void {
    const { id, config, layers } = image;
    this.#run(
      `INSERT INTO images (id, config, chain_id, tagged_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET tagged_at = excluded.tagged_at`,
      id,
      JSON.stringify(config),
      layers.at(-1)?.chainId ?? "",
      now.getTime(),
    );
    for (const [depth, { chainId }] of layers.entries()) {
      this.#run(
        `INSERT INTO layers (chain_id, depth, size) VALUES (?, ?, ?) ON CONFLICT (chain_id) DO UPDATE SET size = excluded.size`,
        chainId,
        depth,
        sizes.get(chainId) ?? 0,
      );
      this.#run("INSERT OR IGNORE INTO image_layers (image_id, chain_id) VALUES (?, ?)", id, chainId);
    }
    const blobs = [
      { role: "config", files: [image.configFile] },
      { role: "manifest", files: image.manifestFiles },
      { role: "layer", files: layers.map(({ file }) => file) },
    ];
    for (const { role, files } of blobs) {
      for (const [position, file] of files.entries()) {
        this.#run(
          "INSERT OR REPLACE INTO image_blobs (image_id, role, position, digest, size) VALUES (?, ?, ?, ?, ?)",
          id,
          role,
          position,
          file.digest,
          file.size,
        );
      }
    }
    for (const reference of [...image.tags, ...image.digests]) this.#addName(id, reference);
  }

  /** Names an image, and takes the name from the one that had it. */
  name(id: string, reference: ImageReference, now: Date): void {
    transaction(this.#database, () => {
      this.#addName(id, reference);
      this.#run("UPDATE images SET tagged_at = ? WHERE id = ?", now.getTime(), id);
    });
  }

  #addName(id: string, reference: ImageReference): void {
    this.#run(
      `INSERT INTO names (name, repository, kind, image_id) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id`,
      canonicalReference(reference),
      repositoryName(reference),
      reference.digest === undefined ? "tag" : "digest",
      id,
    );
  }

  /** Drops names and, if asked, the image itself, in one step. */
  remove(id: string, names: readonly string[], withImage: boolean): void {
    transaction(this.#database, () => {
      for (const name of names) this.#run("DELETE FROM names WHERE name = ?", name);
      if (withImage) this.#run("DELETE FROM images WHERE id = ?", id);
    });
  }

  /** Notes that a layer is about to be made, so that a crash does not leave it without an owner. */
  expectLayer(chainId: string, depth: number): void {
    this.#run("INSERT OR IGNORE INTO layers (chain_id, depth, size) VALUES (?, ?, 0)", chainId, depth);
  }

  forgetLayer(chainId: string): void {
    this.#run("DELETE FROM layers WHERE chain_id = ?", chainId);
  }

  /** Layers that no image has, uppermost first. */
  layersWithoutImage(): string[] {
    const rows = this.#all<{ chain_id: string }>(
      "SELECT chain_id FROM layers WHERE chain_id NOT IN (SELECT chain_id FROM image_layers) ORDER BY depth DESC, chain_id",
    );
    return rows.map((row) => row.chain_id);
  }

  hasImageWithLayer(chainId: string): boolean {
    return this.#all("SELECT 1 FROM image_layers WHERE chain_id = ? LIMIT 1", chainId).length > 0;
  }

  blobs(): Set<string> {
    return new Set(this.#all<{ digest: string }>("SELECT DISTINCT digest FROM image_blobs").map(({ digest }) => digest));
  }

  /** Blobs of an image's layers, base first. */
  layerBlobsOf(id: string): { readonly digest: string; readonly size: number }[] {
    return this.#all("SELECT digest, size FROM image_blobs WHERE image_id = ? AND role = 'layer' ORDER BY position", id);
  }

  /** The blob that some image has of this layer. */
  layerBlob(chainId: string): { readonly digest: string; readonly size: number } | undefined {
    return this.#all<{ digest: string; size: number }>(
      `SELECT digest, image_blobs.size FROM image_layers JOIN layers USING (chain_id)
       JOIN image_blobs ON image_blobs.image_id = image_layers.image_id AND role = 'layer' AND position = depth
       WHERE chain_id = ? LIMIT 1`,
      chainId,
    )[0];
  }

  blobsOf(id: string): string[] {
    return this.#all<{ digest: string }>("SELECT DISTINCT digest FROM image_blobs WHERE image_id = ?", id).map(({ digest }) => digest);
  }

  #all<Row>(sql: string, ...values: (string | number)[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#listed = undefined;
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function toRecord(row: ImageRow, names: readonly ImageName[]): ImageRecord {
  const familiar = (kind: ImageName["kind"]) =>
    names
      .filter((name) => name.kind === kind)
      .map(({ name }) => familiarReference(parseReference(name)))
      .sort();
  return {
    id: row.id,
    tags: familiar("tag"),
    digests: familiar("digest"),
    // Checked when it was loaded, and written by this package only.
    config: JSON.parse(row.config) as ImageConfig,
    chainId: row.chain_id,
    size: row.size,
    taggedAt: new Date(row.tagged_at),
  };
}
