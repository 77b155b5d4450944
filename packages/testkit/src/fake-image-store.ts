import { createHash } from "node:crypto";
import {
  ConflictError,
  type ImageConfig,
  type ImageRecord,
  type ImageRunConfig,
  type ImageStore,
  InvalidArgumentError,
  NotFoundError,
} from "@oriel/core";

/** An image of a fake store. Its id is a digest of its configuration. */
export interface FakeImage {
  /** With tag: `oriel/nano:latest`. The first makes the id differ from other images'. */
  readonly tags: readonly string[];
  readonly config?: ImageRunConfig;
  /** Uppermost layer. @default one of its own, that a storage backend must be given */
  readonly chainId?: string;
  /** @default "windows" */
  readonly os?: string;
}

/** An image store in memory. `load` takes an archive that is the JSON of {@link FakeImage}s. */
export function fakeImageStore(images: readonly FakeImage[] = []): ImageStore {
  const records = new Map<string, ImageRecord>();
  const add = (image: FakeImage): ImageRecord => {
    const record = recordOf(image);
    for (const tag of record.tags) untag(records, tag);
    records.set(record.id, record);
    return record;
  };
  for (const image of images) add(image);

  const find = (reference: string): ImageRecord => {
    const found = [...records.values()].find((image) => isNamed(image, reference));
    if (found === undefined) throw new NotFoundError(`No such image: ${reference}`, { op: "image.get", resource: reference });
    return found;
  };

  return {
    async load({ archive }) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of archive) chunks.push(chunk);
      let given: FakeImage[];
      try {
        given = JSON.parse(Buffer.concat(chunks).toString("utf8")) as FakeImage[];
      } catch (cause) {
        throw new InvalidArgumentError("the archive is no list of fake images", { op: "image.load", cause });
      }
      return given.map(add);
    },
    async commit({ parentId, layer, config, createdBy, author, comment, tag }) {
      const hash = createHash("sha256");
      for await (const chunk of layer) hash.update(chunk);
      const parent = find(parentId);
      const diffId = `sha256:${hash.digest("hex")}`;
      const { rootfs, history = [] } = parent.config;
      const step = { created_by: createdBy, ...(comment === undefined ? {} : { comment }) };
      const imageConfig: ImageConfig = {
        ...parent.config,
        ...(author === undefined ? {} : { author }),
        config,
        rootfs: { type: "layers", diff_ids: [...rootfs.diff_ids, diffId] },
        history: [...history, step],
      };
      const name = tag === undefined ? [] : [withTag(tag)];
      for (const taken of name) untag(records, taken);
      const record: ImageRecord = {
        ...parent,
        id: digest(JSON.stringify(imageConfig)),
        tags: name,
        config: imageConfig,
        chainId: digest(`${parent.chainId} ${diffId}`),
      };
      records.set(record.id, record);
      return record;
    },
    get: async (reference) => find(reference),
    list: async () => [...records.values()],
    async tag(reference, target) {
      const image = find(reference);
      const name = withTag(target);
      untag(records, name);
      records.set(image.id, { ...image, tags: [...new Set([...image.tags, name])].sort() });
    },
    async remove(reference, { force, inUse }) {
      const image = find(reference);
      const byTag = image.tags.includes(withTag(reference));
      const untagged = byTag ? [withTag(reference)] : [...image.tags];
      const remaining = image.tags.filter((tag) => !untagged.includes(tag));
      if (remaining.length > 0) {
        records.set(image.id, { ...image, tags: remaining });
        return { untagged, deleted: [] };
      }
      const [user] = inUse(image.id);
      if (user !== undefined && !force) {
        throw new ConflictError(`image ${reference} is used by container ${user}`, { op: "image.remove", resource: image.id });
      }
      records.delete(image.id);
      return { untagged, deleted: [image.id] };
    },
  };
}

function recordOf({ tags, config = {}, chainId, os = "windows" }: FakeImage): ImageRecord {
  const imageConfig: ImageConfig = {
    architecture: "amd64",
    os,
    "os.version": "10.0.20348.2113",
    config,
    rootfs: { type: "layers", diff_ids: [digest(tags[0] ?? "")] },
  };
  return {
    id: digest(JSON.stringify(imageConfig)),
    tags: tags.map(withTag).sort(),
    digests: [],
    config: imageConfig,
    chainId: chainId ?? digest(tags[0] ?? ""),
    size: 1024,
    taggedAt: new Date(0),
  };
}

function isNamed(image: ImageRecord, reference: string): boolean {
  const hex = reference.replace(/^sha256:/, "");
  return image.tags.includes(withTag(reference)) || (/^[0-9a-f]{4,64}$/.test(hex) && image.id.slice(7).startsWith(hex));
}

function untag(records: Map<string, ImageRecord>, tag: string): void {
  for (const [id, record] of records) {
    if (record.tags.includes(tag)) records.set(id, { ...record, tags: record.tags.filter((other) => other !== tag) });
  }
}

function withTag(reference: string): string {
  return /:[^/]*$/.test(reference) ? reference : `${reference}:latest`;
}

function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
