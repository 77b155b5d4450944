import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  anySignal,
  type CommitImageOptions,
  type EnsureLayersOptions,
  FailedPreconditionError,
  type ImageProgress,
  type ImageRecord,
  type ImageStore,
  InvalidArgumentError,
  type LoadImagesOptions,
  type Logger,
  NotFoundError,
  type RemovedImage,
  SerialQueue,
  type StorageBackend,
  silentLogger,
  toOrielError,
  UnavailableError,
  untilAborted,
} from "@oriel/contracts";
import { UnreadStream } from "@oriel/layer-tar";
import { isDockerArchive, readDockerArchive } from "./archive/docker-archive.ts";
import { type ImageArchive, readArchive } from "./archive/image-archive.ts";
import { isOciLayout, readOciLayout } from "./archive/oci-layout.ts";
import { openImagesDatabase } from "./catalog/database.ts";
import { type ImageCandidate, layerCandidates } from "./catalog/image-candidate.ts";
import { ImageCatalog } from "./catalog/image-catalog.ts";
import { planRemoval } from "./catalog/image-removal.ts";
import {
  canonicalReference,
  familiarReference,
  type ImageReference,
  parseReference,
  parseTag,
  withDefaultTag,
} from "./catalog/reference.ts";
import { committedImage } from "./commit/committed-image.ts";
import { ContentStore, type Ingest, type NamedFile, type SpooledFile } from "./content/content-store.ts";
import { type LayerCollection, LayerManager } from "./layers/layer-manager.ts";
import { restoreLayers } from "./layers/layer-restoration.ts";
import { LayerSource } from "./layers/layer-source.ts";
import { unpackLayer } from "./layers/unpack-layer.ts";
import { UnpackedSize } from "./layers/unpacked-size.ts";
import { reportLoaded } from "./load/load-report.ts";

export interface LocalImageStoreOptions {
  /** Absolute; made if it is not there. Holds `images.db` and `content/`. One open store at a time. */
  readonly root: string;
  /** Where layers are unpacked to. */
  readonly storage: StorageBackend;
  /** @default silentLogger */
  readonly logger?: Logger;
  /** Which image of a multi-platform one is taken, as image configurations name it. @default "amd64" */
  readonly architecture?: string;
  /** What an archive, and all layers of a load together, may have unpacked. @default no limit */
  readonly maxUnpackedBytes?: number;
}

type RemoveImageOptions = Parameters<ImageStore["remove"]>[1];

interface Opened {
  readonly database: DatabaseSync;
  readonly catalog: ImageCatalog;
  readonly layers: LayerManager;
  /** Aborted by `close`. */
  readonly closing: AbortController;
  /** What `close` waits for. */
  readonly working: Set<Promise<unknown>>;
}

/**
 * The image store on the local disk: blobs in a content store, configurations and names in SQLite, layers in the storage
 * backend. `open` comes first and `close` last.
 *
 * A load writes to its own folder until everything in the archive was found right and every layer is in storage; then
 * all of its images appear at once. What a crash leaves is removed: files at the next `open`, layers at the next load,
 * `remove` or `reconcile`.
 */
export class LocalImageStore implements ImageStore {
  readonly #root: string;
  readonly #storage: StorageBackend;
  readonly #logger: Logger;
  readonly #architecture: string;
  readonly #maxUnpackedBytes: number;
  readonly #content: ContentStore;
  /** Guards the step from blobs to rows and back; never held across a call into storage. */
  readonly #commits = new SerialQueue();
  #opened: Opened | undefined;

  constructor(options: LocalImageStoreOptions) {
    const { root, storage, logger = silentLogger, architecture = "amd64", maxUnpackedBytes = Number.POSITIVE_INFINITY } = options;
    this.#root = root;
    this.#storage = storage;
    this.#logger = logger;
    this.#architecture = architecture;
    this.#maxUnpackedBytes = maxUnpackedBytes;
    this.#content = new ContentStore(path.join(root, "content"));
  }

  /** @throws UnavailableError when the database is in use; FailedPreconditionError when it is damaged or of a later version. */
  async open(): Promise<void> {
    if (this.#opened !== undefined)
      throw new FailedPreconditionError(`the image store ${this.#root} is open already`, { op: "images.open" });
    await mkdir(this.#root, { recursive: true });
    const database = openImagesDatabase(path.join(this.#root, "images.db"));
    try {
      const catalog = new ImageCatalog(database);
      const removed = await this.#content.open(catalog.blobs());
      if (removed.length > 0) this.#logger.info({ removed }, "removed what an unfinished load left");
      const layers = new LayerManager({ storage: this.#storage, catalog, logger: this.#logger });
      this.#opened = { database, catalog, layers, closing: new AbortController(), working: new Set() };
    } catch (error) {
      database.close();
      throw toOrielError(error, "images.open", this.#root);
    }
  }

  /** Cuts running loads short, waits until they have cleaned up, and closes the database. Safe to call again. */
  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    opened.closing.abort(new UnavailableError("the image store is closing", { op: "images.close" }));
    await Promise.allSettled([...opened.working]);
    await this.#commits.run(async () => undefined);
    // A second close came in while this one waited.
    if (this.#opened !== opened) return;
    this.#opened = undefined;
    opened.database.close();
  }

  async load(options: LoadImagesOptions): Promise<readonly ImageRecord[]> {
    return this.#whileOpen((opened) => this.#load(opened, options), options.archive);
  }

  async commit(options: CommitImageOptions): Promise<ImageRecord> {
    return this.#whileOpen((opened) => this.#commitLayer(opened, options), options.layer);
  }

  async get(reference: string): Promise<ImageRecord> {
    return this.#resolve(reference);
  }

  /** Newest first, by the time in the configuration. */
  async list(): Promise<readonly ImageRecord[]> {
    return this.#use().catalog.list();
  }

  async ensureLayers(imageId: string, { signal }: EnsureLayersOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const image = this.#resolve(imageId);
    if ((await this.#storage.getLayer(image.chainId)) !== undefined) return;
    await this.#whileOpen((opened) => this.#restoreLayers(opened, image, signal));
  }

  async tag(reference: string, target: string): Promise<string> {
    const name = parseTag(target, "image.tag");
    const image = this.#resolve(reference);
    this.#use().catalog.name(image.id, name, new Date());
    return familiarReference(name);
  }

  async remove(reference: string, { force, inUse, running }: RemoveImageOptions): Promise<RemovedImage> {
    const { catalog, layers } = this.#use();
    const { untagged, deleted } = await this.#commits.run(async () => {
      const { id } = this.#resolve(reference);
      const names = catalog.namesOf(id);
      const plan = planRemoval({ imageId: id, reference, names, force, using: inUse(id), running: running?.(id) ?? [] });
      const blobs = catalog.blobsOf(id);
      catalog.remove(id, plan.untag, plan.deleteImage);
      if (plan.deleteImage) await this.#removeBlobs(catalog, blobs);
      return { untagged: plan.untag.map((name) => familiarReference(parseReference(name))), deleted: plan.deleteImage ? [id] : [] };
    });
    const { removed } = await layers.collect();
    return { untagged, deleted: [...deleted, ...removed] };
  }

  /** Tries again to remove layers that no image has: those of a crashed load, and those that were in use when their image was removed. */
  async reconcile(): Promise<LayerCollection> {
    return this.#use().layers.collect();
  }

  /** Work that `close` waits for; the source that it was to read is let go of where there is no store to work with. */
  async #whileOpen<T>(work: (opened: Opened) => Promise<T>, source?: AsyncIterable<Uint8Array>): Promise<T> {
    let opened: Opened;
    try {
      opened = this.#use();
    } catch (error) {
      if (source !== undefined) void new UnreadStream(source).discard();
      throw error;
    }
    const working = work(opened);
    opened.working.add(working);
    try {
      return await working;
    } finally {
      opened.working.delete(working);
    }
  }

  #use(): Opened {
    const opened = this.#opened;
    if (opened !== undefined && !opened.closing.signal.aborted) return opened;
    throw new FailedPreconditionError(`the image store ${this.#root} is not open`, { op: "images.use" });
  }

  #resolve(reference: string): ImageRecord {
    const { catalog } = this.#use();
    const hex = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(reference)?.[1];
    const missing = (shown: string, remedy?: string) =>
      new NotFoundError(`No such image: ${shown}`, { op: "image.get", resource: reference, remedy });
    if (hex?.length === 64) {
      const image = catalog.find(`sha256:${hex}`);
      if (image === undefined) throw missing(`sha256:${hex}`);
      return image;
    }
    const parsed = withDefaultTag(parseReference(reference));
    const named = catalog.idOfName(canonicalReference(parsed.digest === undefined ? parsed : { ...parsed, tag: undefined }));
    // As in dockerd a name comes before an id, and the beginning of several ids is no image.
    const begun = named === undefined && hex !== undefined ? catalog.idsBeginning(hex, 2) : [];
    const id = named ?? (begun.length === 1 ? begun[0] : undefined);
    const image = id === undefined ? undefined : catalog.find(id);
    if (image !== undefined) return image;
    throw missing(familiarReference(parsed), begun.length > 1 ? `several image ids begin with ${hex}: give more of it` : undefined);
  }

  async #load(opened: Opened, { archive, signal, onProgress }: LoadImagesOptions): Promise<readonly ImageRecord[]> {
    const stop = stopSignal(opened, signal);
    const ingest = await this.#content.startIngest().catch((error: unknown) => {
      void new UnreadStream(archive).discard();
      throw toOrielError(error, "image.load");
    });
    let release = (): void => undefined;
    // A listener that throws must not make a failure of what is done.
    const tell = (progress: ImageProgress) => {
      try {
        onProgress?.(progress);
      } catch (error) {
        this.#logger.warn({ err: error }, "the progress of a load could not be told");
      }
    };
    const unpacked = new UnpackedSize(this.#maxUnpackedBytes);
    try {
      const images = await this.#readImages(opened.catalog, await readArchive(archive, ingest, unpacked, stop));
      const layers = new Map(images.flatMap((image) => image.layers.map((layer, depth) => [layer.chainId, { layer, depth }] as const)));
      release = opened.layers.claim([...layers.keys()]);
      const sizes = new Map<string, number>();
      for (const [chainId, { layer, depth }] of layers) {
        sizes.set(chainId, await unpackLayer(opened.layers, layer, depth, unpacked, stop, tell));
      }
      stop.throwIfAborted();
      const renamed = await this.#commits.run(() => this.#commit(opened.catalog, images, sizes));
      reportLoaded(images, renamed, tell);
      return [...new Set(images.map(({ id }) => id))].flatMap((id) => opened.catalog.find(id) ?? []);
    } catch (error) {
      if (stop.aborted) throw stop.reason;
      throw toOrielError(error, "image.load");
    } finally {
      release();
      await ingest.discard().catch((error: unknown) => this.#logger.warn({ err: error }, "the folder of a load could not be removed yet"));
      await this.#collect(opened);
    }
  }

  async #commitLayer(opened: Opened, options: CommitImageOptions): Promise<ImageRecord> {
    const { layer: tar, signal, parentId, tag } = options;
    const { catalog, layers } = opened;
    const stop = stopSignal(opened, signal);
    let parent: ImageRecord;
    let ingest: Ingest;
    try {
      stop.throwIfAborted();
      parent = this.#resolve(parentId);
      if (tag !== undefined) parseTag(tag, "image.commit");
      ingest = await this.#content.startIngest();
    } catch (error) {
      void new UnreadStream(tar).discard();
      throw stop.aborted ? stop.reason : toOrielError(error, "image.commit");
    }
    let release = (): void => undefined;
    try {
      const layer = await ingest.write(untilAborted(tar, stop));
      const parentFiles = this.#layerFilesOf(catalog, parent.id);
      const image = await committedImage(ingest, { parent, parentFiles, layer, options, now: new Date() });
      release = layers.claim(image.layers.map(({ chainId }) => chainId));
      const sizes = new Map<string, number>();
      for (const [depth, candidate] of image.layers.entries()) {
        // The parent's layers are there: unpacking them finds that, and does not read their blobs.
        const tarOf = new LayerSource({ layer: candidate, signal: stop });
        sizes.set(candidate.chainId, (await layers.ensure(candidate, depth, tarOf, stop)).size);
      }
      stop.throwIfAborted();
      await this.#commits.run(() => this.#commit(catalog, [image], sizes));
      return this.#resolve(image.id);
    } catch (error) {
      if (stop.aborted) throw stop.reason;
      throw toOrielError(error, "image.commit", parent.id);
    } finally {
      release();
      await ingest
        .discard()
        .catch((error: unknown) => this.#logger.warn({ err: error }, "the folder of a commit could not be removed yet"));
      await this.#collect(opened);
    }
  }

  async #restoreLayers(opened: Opened, image: ImageRecord, signal: AbortSignal | undefined): Promise<void> {
    const { catalog, layers: keeper } = opened;
    const stop = stopSignal(opened, signal);
    const layers = layerCandidates(image.config, this.#layerFilesOf(catalog, image.id));
    const release = keeper.claim(layers.map(({ chainId }) => chainId));
    try {
      const unpacked = await restoreLayers({ image, layers, storage: this.#storage, keeper, content: this.#content, signal: stop });
      if (unpacked.length > 0) this.#logger.info({ image: image.id, layers: unpacked }, "unpacked layers again that storage did not have");
      stop.throwIfAborted();
      this.#resolve(image.id);
    } catch (error) {
      if (stop.aborted) throw stop.reason;
      // With the image its blobs went, which is what the restoration failed for then.
      this.#resolve(image.id);
      throw toOrielError(error, "image.unpack", image.id);
    } finally {
      release();
      await this.#collect(opened);
    }
  }

  /** Of an image's layers, base first, as they are in the content store. */
  #layerFilesOf(catalog: ImageCatalog, imageId: string): NamedFile[] {
    return catalog.layerBlobsOf(imageId).map((blob) => this.#storedFile(blob));
  }

  #storedFile(blob: Omit<SpooledFile, "path">): NamedFile {
    return { ...blob, name: blob.digest, path: this.#content.blobPath(blob.digest), isStored: true };
  }

  async #collect({ layers }: Opened): Promise<void> {
    await layers.collect().catch((error: unknown) => this.#logger.warn({ err: error }, "unused layers could not be looked for"));
  }

  async #readImages(catalog: ImageCatalog, archive: ImageArchive): Promise<ImageCandidate[]> {
    const findStored = async (chainId: string) => {
      const blob = catalog.layerBlob(chainId);
      return blob === undefined || !(await this.#content.has(blob)) ? undefined : this.#storedFile(blob);
    };
    const images = isDockerArchive(archive)
      ? await readDockerArchive(archive, findStored)
      : isOciLayout(archive)
        ? await readOciLayout(archive, this.#architecture, findStored)
        : undefined;
    if (images !== undefined && images.length > 0) return images;
    const what = images === undefined ? "neither manifest.json nor oci-layout with index.json" : "no image";
    throw new InvalidArgumentError(`the archive holds ${what}`, {
      op: "image.load",
      remedy: "it must be the output of `docker save` or a tar of an OCI layout; it may have been cut short",
    });
  }

  /** Blobs first, then the rows that name them. Answers which tags were taken from which image. */
  async #commit(
    catalog: ImageCatalog,
    images: readonly ImageCandidate[],
    sizes: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<ImageReference, string>> {
    const added: string[] = [];
    try {
      for (const file of images.flatMap(filesOf)) {
        if (await this.#content.keep(file)) added.push(file.digest);
      }
      if (added.length > 0) await this.#content.sync();
      const renamed = new Map<ImageReference, string>();
      for (const { id, tags } of images) {
        for (const tag of tags) {
          const former = catalog.idOfName(canonicalReference(tag));
          if (former !== undefined && former !== id) renamed.set(tag, former);
        }
      }
      catalog.add(images, sizes, new Date());
      return renamed;
    } catch (error) {
      await this.#removeBlobs(catalog, added);
      throw error;
    }
  }

  /** Those that no image has. What cannot be removed now is removed by the next `open`. */
  async #removeBlobs(catalog: ImageCatalog, digests: readonly string[]): Promise<void> {
    const wanted = catalog.blobs();
    for (const digest of digests.filter((candidate) => !wanted.has(candidate))) {
      await this.#content
        .remove(digest)
        .catch((error: unknown) => this.#logger.warn({ digest, err: error }, "a blob that no image has could not be removed yet"));
    }
  }
}

/** Stops with the caller's signal, and when the store closes. */
function stopSignal({ closing }: Opened, signal: AbortSignal | undefined): AbortSignal {
  return anySignal(closing.signal, signal);
}

function filesOf(image: ImageCandidate): SpooledFile[] {
  return [image.configFile, ...image.manifestFiles, ...image.layers.map(({ file }) => file)];
}
