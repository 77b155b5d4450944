import { createHash } from "node:crypto";
import {
  ConflictError,
  type ImageConfig,
  type ImageRecord,
  type ImageRunConfig,
  type ImageStore,
  InvalidArgumentError,
  NotFoundError,
  type StorageBackend,
} from "@oriel/contracts";
import { inPieces } from "./image-archive.ts";
import { windowsLayerTar } from "./tar-file.ts";

/** An image of a fake store. Its id is a digest of its configuration. */
export interface FakeImage {
  /** With tag: `oriel/nano:latest`. The first makes the id differ from other images'. */
  readonly tags: readonly string[];
  readonly config?: ImageRunConfig;
  /** Uppermost layer. @default one of its own, that a storage backend must be given */
  readonly chainId?: string;
  /** @default "windows" */
  readonly os?: string;
  /** `os.version`; empty: the image has none. @default "10.0.20348.2113" */
  readonly osVersion?: string;
}

export interface FakeImageStoreOptions {
  /** Where `ensureLayers` unpacks to. @default nowhere: all layers count as there */
  readonly storage?: StorageBackend;
}

interface FakeLayer {
  readonly parentChainId: string | undefined;
  readonly tar: Uint8Array;
}

/** What every image that was not committed consists of. */
const baseLayer: FakeLayer = { parentChainId: undefined, tar: windowsLayerTar({ "base.txt": "base" }) };

/** An image store in memory. `load` takes an archive that is the JSON of {@link FakeImage}s. Only `ensureLayers` unpacks layers. */
export function fakeImageStore(images: readonly FakeImage[] = [], { storage }: FakeImageStoreOptions = {}): ImageStore {
  const records = new Map<string, ImageRecord>();
  /** By chain id. */
  const layers = new Map<string, FakeLayer>();
  const add = (image: FakeImage): ImageRecord => {
    const record = recordOf(image);
    layers.set(record.chainId, baseLayer);
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
      const chunks: Uint8Array[] = [];
      for await (const chunk of layer) chunks.push(chunk);
      const tar = Buffer.concat(chunks);
      const parent = find(parentId);
      const diffId = digest(tar);
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
      layers.set(record.chainId, { parentChainId: parent.chainId, tar });
      return record;
    },
    async ensureLayers(imageId, { signal } = {}) {
      signal?.throwIfAborted();
      if (storage === undefined) return;
      const { chainId } = find(imageId);
      const missing: [chainId: string, layer: FakeLayer][] = [];
      for (let next: string | undefined = chainId; next !== undefined && (await storage.getLayer(next)) === undefined; ) {
        const layer: FakeLayer = layers.get(next) ?? baseLayer;
        missing.unshift([next, layer]);
        next = layer.parentChainId;
      }
      for (const [id, { parentChainId, tar }] of missing) {
        await storage.applyLayer({
          chainId: id,
          tar: inPieces(tar),
          parentChainId,
          signal,
        });
      }
    },
    get: async (reference) => find(reference),
    list: async () => [...records.values()],
    async tag(reference, target) {
      const image = find(reference);
      const name = withTag(target);
      untag(records, name);
      records.set(image.id, { ...image, tags: [...new Set([...image.tags, name])].sort() });
      return name;
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

function recordOf({ tags, config = {}, chainId, os = "windows", osVersion = "10.0.20348.2113" }: FakeImage): ImageRecord {
  const imageConfig: ImageConfig = {
    architecture: "amd64",
    os,
    ...(osVersion === "" ? {} : { "os.version": osVersion }),
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

function digest(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
