import { serviceToken } from "../plugins/token.ts";

/** A read-only layer that is whole and usable. */
export interface LayerRecord {
  /** `sha256:<hex>` of the layer and all below it (OCI image spec, "Layer ChainID"). */
  readonly chainId: string;
  readonly parentChainId: string | undefined;
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Bytes of the files that this layer adds, as its tar gave them. */
  readonly size: number;
}

export interface ApplyLayerOptions {
  readonly chainId: string;
  /** Absent for a base layer. */
  readonly parentChainId?: string | undefined;
  /** The layer as an uncompressed tar. Read with back-pressure; destroyed or drained whatever happens. */
  readonly tar: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the bytes of the tar read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A container's own writable layer. */
export interface ScratchRecord {
  /** The container's id. */
  readonly id: string;
  readonly parentChainId: string;
  readonly folder: string;
}

export interface CreateScratchOptions {
  readonly id: string;
  readonly parentChainId: string;
  /** `--storage-opt` of the container: only `size` is known (bytes, or with the suffixes k, m, g, t, each optionally with b). */
  readonly storageOptions?: Readonly<Record<string, string>> | undefined;
}

export interface MountedScratch {
  /** Volume GUID path with the closing backslash: `\\?\Volume{GUID}\`. */
  readonly volumePath: string;
}

export interface CopyFolderOptions {
  readonly scratchId: string;
  /** Names of the folder below `C:\\`, outermost first, in any case; at least one. */
  readonly names: readonly string[];
  /** Absolute path of a folder that is made anew, whatever is there; the one that it is in exists. As in a layer, the copy lies in its `Files`, under `names`. */
  readonly target: string;
  readonly signal?: AbortSignal;
}

/** A path that a scratch changed, as `docker diff` shows it: with a leading `\\`, relative to C:. */
export interface LayerChange {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted";
}

/** What of a storage backend still has an owner when a former process of the engine is gone. */
export interface OwnedScratches {
  readonly scratchIds: ReadonlySet<string>;
  /** Those on which a container may still run: they stay mounted if they are, counted as one mount. @default none */
  readonly mountedIds?: ReadonlySet<string>;
}

/** What `reconcile` did, one line of text each. */
export interface StorageReconciliation {
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Where layers live. Vocabulary: a *layer* is read-only and named by its chain id; a *scratch* is the writable layer of
 * one container, on top of a layer. Work flow: `applyLayer` for each layer of an image, base first; `createScratch` when
 * a container is made; `mountScratch` before its compute system is; `unmountScratch` when that is gone; `removeScratch`.
 *
 * A layer is visible to `getLayer` only when it is whole: whatever cut `applyLayer` short, nothing remains of it.
 *
 * `mountScratch`, `unmountScratch` and `removeScratch` wait for no reader: they end a `diff` that is under way with ConflictError, and
 * `changes` and `scratchSize` look again at what they left.
 */
export interface StorageBackend {
  /** `windowsfilter`, `windowsdiff` or `snapshotter`; shown as the storage driver in `docker info`. */
  readonly name: string;
  /** Rows for `docker info`. */
  status(): Promise<readonly (readonly [name: string, value: string])[]>;

  getLayer(chainId: string): Promise<LayerRecord | undefined>;
  listLayers(): Promise<readonly LayerRecord[]>;
  /**
   * Makes a layer. A layer that exists already is answered as it is (its tar is not read); calls for the same chain id
   * at once share one unpacking.
   * @throws InvalidArgumentError for a tar that is torn, hostile or no Windows layer, naming the entry;
   *   NotFoundError when the parent does not exist.
   */
  applyLayer(options: ApplyLayerOptions): Promise<LayerRecord>;
  /**
   * @throws NotFoundError; ConflictError while a layer or scratch stands on it.
   */
  removeLayer(chainId: string): Promise<void>;

  /**
   * @throws NotFoundError when the parent layer does not exist; AlreadyExistsError; InvalidArgumentError for an unknown
   *   storage option or a malformed size.
   */
  createScratch(options: CreateScratchOptions): Promise<ScratchRecord>;
  getScratch(id: string): Promise<ScratchRecord | undefined>;
  listScratches(): Promise<readonly ScratchRecord[]>;
  /** Reference-counted: each call wants one `unmountScratch`. @throws NotFoundError */
  mountScratch(id: string): Promise<MountedScratch>;
  /** One call fewer than mounts leaves it mounted; a call too many is ConflictError. */
  unmountScratch(id: string): Promise<void>;
  /** Folders for the runtime spec's `windows.layerFolders`: immediate parent first, base, then the scratch itself last. @throws NotFoundError */
  layerFolders(scratchId: string): Promise<readonly string[]>;
  /**
   * The changes of a scratch against its parents as an uncompressed layer tar: what `applyLayer` takes as a layer on
   * `parentChainId`. For the same content the same bytes. Parts of it are not kept in memory; leaving the iteration
   * early, or aborting, frees all of it.
   * @throws NotFoundError; ConflictError while it is mounted.
   */
  diff(scratchId: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** What `diff` would hold, in the order of the paths. @throws as `diff` */
  changes(scratchId: string): Promise<readonly LayerChange[]>;
  /** Bytes of the files that a scratch changed, mounted or not (`docker ps --size`). @throws NotFoundError */
  scratchSize(scratchId: string): Promise<number>;
  /**
   * Copies what the image of a scratch that nobody has written to has in a folder, synced: attributes, times, security, streams and links
   * too. Returns false, and makes nothing, where it has nothing there. The scratch is mounted meanwhile.
   * @throws NotFoundError; the signal's reason when cancelled, with a part of the copy left.
   */
  copyFolder(options: CopyFolderOptions): Promise<boolean>;
  /** @throws NotFoundError; ConflictError while mounted. */
  removeScratch(id: string): Promise<void>;

  /**
   * After a restart, before anything else: unmounts what a former process left mounted, removes half-made layers and
   * scratches, and scratches whose id is not in `scratchIds`. Never touches folders that it did not make.
   */
  reconcile(owned: OwnedScratches): Promise<StorageReconciliation>;
}

export const storageBackendToken = serviceToken<StorageBackend>("oriel.storage-backend");
