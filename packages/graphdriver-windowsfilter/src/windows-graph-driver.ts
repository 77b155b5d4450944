import path from "node:path";
import {
  AlreadyExistsError,
  ConflictError,
  type CopyFolderOptions,
  InvalidArgumentError,
  KeyedQueue,
  type LayerChange,
  type Logger,
  parseScratchSize,
  type RawHcs,
  ReaderLeases,
  type ResourceJournal,
  type StorageReconciliation,
  toOrielError,
} from "@oriel/contracts";
import { HostLayers, hostSyncer, hresultError, type Syncer, syncTree } from "@oriel/hcs-bindings";
import { copyMountedFolder, hasFolderContent, UnreadStream } from "@oriel/layer-tar";
import { type CustomImageInfo, folderNameOf, parseBaseImages } from "./base-images.ts";
import { diskLayerChanges, diskLayerTar } from "./disk-layer.ts";
import { exists } from "./exists.ts";
import { flavourNumbers, type GraphDriverFlavour, type GraphLayer, type Owned, ownedBy, titleOf } from "./graph-layer.ts";
import { writeAlias } from "./layer-alias.ts";
import { type LayerFileGetter, layerFileGetter } from "./layer-file-getter.ts";
import { LayerFolders, recordedFolders } from "./layer-folders.ts";
import { LayerIndex } from "./layer-index.ts";
import { LayerMounts } from "./layer-mounts.ts";
import { LayerReader } from "./layer-reader.ts";
import { LayerRemover } from "./layer-remover.ts";
import { hasFolders, LayerUnpacker, requireNoFolder } from "./layer-unpacker.ts";
import { type OwnedLayers, reconcileLayers } from "./reconcile-layers.ts";

export interface WindowsGraphDriverOptions {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  readonly journal: ResourceJournal;
  readonly logger: Logger;
  /** The driver's own folder, absolute. */
  readonly home: string;
  /** @default "windowsfilter" */
  readonly flavour?: GraphDriverFlavour;
  /**
   * Milliseconds that a call into the host may take. Calls that work through a whole layer may take fifteen times as long.
   * @default 240000
   */
  readonly callDeadline?: number;
}

export interface CreateReadWriteOptions {
  /** Only `size` is known (bytes, or with the suffixes k, m, g, t, each optionally with b). @default size=127GB */
  readonly storageOptions?: Readonly<Record<string, string>>;
}

export interface ApplyDiffOptions {
  /** Read with back-pressure; destroyed or drained whatever happens. */
  readonly tar: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the bytes of the tar read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface CreateFromDiffOptions extends ApplyDiffOptions {
  readonly id: string;
  readonly parent?: string | undefined;
  /** Recorded with the layer. */
  readonly chainId?: string | undefined;
}

/**
 * The graph drivers of Docker for Windows. Work on one layer is done in order, on different ones side by side; looking
 * at what there is never waits for the host. Call `start` first, where a former process may have left something.
 */
export class WindowsGraphDriver {
  readonly name: GraphDriverFlavour;
  readonly #calls: HostLayers;
  readonly #journal: ResourceJournal;
  readonly #folders: LayerFolders;
  readonly #remover: LayerRemover;
  readonly #unpacker: LayerUnpacker;
  readonly #mounts: LayerMounts;
  readonly #reader: LayerReader;
  readonly #queue = new KeyedQueue();
  readonly #leases: ReaderLeases;
  readonly #syncer: Syncer;
  #index: Promise<LayerIndex> | undefined;

  constructor(options: WindowsGraphDriverOptions) {
    const { raw, journal, logger, home, flavour = "windowsfilter", callDeadline = 240_000 } = options;
    this.name = flavour;
    this.#calls = new HostLayers({ raw, deadline: callDeadline, flavour: flavourNumbers[flavour] });
    this.#leases = new ReaderLeases(callDeadline);
    this.#journal = journal;
    this.#syncer = hostSyncer(this.#calls.longDeadline);
    this.#folders = new LayerFolders(home, this.#syncer);
    this.#remover = new LayerRemover(this.#calls, journal, logger);
    const parts = { calls: this.#calls, journal, folders: this.#folders, remover: this.#remover };
    const isDiff = flavour === "windowsdiff";
    this.#unpacker = new LayerUnpacker({ ...parts, format: isDiff ? "disk" : "layer" });
    this.#mounts = new LayerMounts(this.#calls, journal, logger);
    const reading = { calls: this.#calls, journal, mounts: this.#mounts, queue: this.#queue };
    this.#reader = new LayerReader({ ...reading, format: isDiff ? "transport" : "layer" });
  }

  /** Rows for `docker info`. */
  async status(): Promise<readonly (readonly [name: string, value: string])[]> {
    const { waiting } = this.#remover;
    const rows = waiting.map(({ kind, id, error }) => ["Not deleted yet", `${kind} ${id}: ${error.message}`] as const);
    return [["Windows", ""], ...(rows.length === 0 ? [] : [["Waiting for deletion", String(rows.length)] as const]), ...rows];
  }

  /** The layer of this id, without asking the host. */
  async find(id: string): Promise<GraphLayer | undefined> {
    return (await this.#ready()).find(id);
  }

  async list(): Promise<readonly GraphLayer[]> {
    return (await this.#ready()).layers;
  }

  /** Whether there is such a layer, here and to the host. */
  async exists(id: string): Promise<boolean> {
    const layer = await this.find(id);
    return layer !== undefined && this.#calls.exists(layer.content);
  }

  /** What `docker inspect` shows as GraphDriver.Data. @throws NotFoundError */
  async metadata(id: string): Promise<Readonly<Record<string, string>>> {
    return { dir: (await this.#ready()).require(id, "layer.metadata").folder };
  }

  /** Folders of the layers that a layer stands on, immediate parent first. @throws NotFoundError */
  async parentFolders(id: string): Promise<readonly string[]> {
    const index = await this.#ready();
    return foldersOf(index, index.require(id, "layer.find"));
  }

  /**
   * An empty read-only layer, which `applyDiff` fills.
   * @throws AlreadyExistsError; NotFoundError for the parent; InvalidArgumentError on more than 127 layers.
   */
  async create(id: string, parent?: string): Promise<GraphLayer> {
    return this.#create({ ...this.#newLayer(id, parent), kind: "read-only" }, async (folder, parents) => {
      await this.#calls.createLayer(folder, parents[0] === undefined ? "" : path.basename(parents[0]));
    });
  }

  /**
   * A read-write layer with a disk of its own.
   * @throws AlreadyExistsError; NotFoundError for the parent; InvalidArgumentError for an unknown storage option, a
   *   malformed size, a missing parent, and on more than 127 layers.
   */
  async createReadWrite(id: string, parent: string, { storageOptions }: CreateReadWriteOptions = {}): Promise<GraphLayer> {
    const size = parseScratchSize(storageOptions);
    if (parent === "") {
      throw new InvalidArgumentError(`container ${id}: a read-write layer stands on another, and none is given`, {
        op: "layer.create",
        resource: id,
      });
    }
    return this.#create({ ...this.#newLayer(id, parent), kind: "read-write" }, async (folder, parents) => {
      await this.#calls.createSandboxLayer(folder, await this.#calls.describe(parents));
      await this.#calls.expandSandboxSize(folder, size);
    });
  }

  #newLayer(id: string, parent: string | undefined): Omit<GraphLayer, "kind"> {
    const folder = this.#folders.folderOf(id);
    const above = parent === "" ? undefined : parent;
    return { id, parent: above, folder, content: folder, size: 0, chainId: undefined, origin: "oriel" };
  }

  async #create(layer: GraphLayer, make: (folder: string, parents: readonly string[]) => Promise<void>): Promise<GraphLayer> {
    const index = await this.#ready();
    return this.#queue.run(layer.id, async () => {
      const owned = ownedBy(layer);
      await this.#requireFree(layer, index);
      const parents = foldersOf(index, layer);
      const unpin = index.pin(layer.parent);
      try {
        this.#folders.prepare();
        this.#journal.record(owned.kind, owned.id, { folder: layer.folder });
        await make(layer.folder, parents);
        await this.#folders.describe(layer.folder, layer, parents);
        index.add(layer);
        return layer;
      } catch (error) {
        await this.#remover.finish(owned);
        throw toOrielError(error, "layer.create", layer.id);
      } finally {
        unpin();
      }
    });
  }

  /** What a former attempt left is deleted; what somebody else put there is left alone. */
  async #requireFree(layer: GraphLayer, index: LayerIndex): Promise<void> {
    if (index.find(layer.id) !== undefined) {
      throw new AlreadyExistsError(`${titleOf(layer)} has a layer already`, { op: "layer.create", resource: layer.id });
    }
    const owned = ownedBy(layer);
    // Looked for first: the journal is as long as there are layers.
    if (!hasFolders(layer.folder)) return;
    if (this.#journal.list(owned.kind).some(({ id, data }) => id === owned.id && data.folder === owned.folder)) {
      const failure = await this.#remover.finish(owned);
      if (failure !== undefined) throw failure;
    }
    requireNoFolder(layer.folder, layer.id);
  }

  /**
   * A layer and its content at once; a layer that is there already is answered as it is, and its tar is not read. Calls
   * for the same id share one unpacking; had it failed, the next one tries.
   * @throws InvalidArgumentError for a tar that is torn, hostile or no Windows layer, naming the entry; NotFoundError for
   *   the parent; InvalidArgumentError on more than 127 layers.
   */
  async createFromDiff(options: CreateFromDiffOptions): Promise<GraphLayer> {
    const { id, parent, chainId, signal, onProgress } = options;
    const tar = new UnreadStream(options.tar);
    try {
      const index = await this.#ready();
      const work = async (): Promise<GraphLayer> => {
        const there = index.find(id);
        if (there !== undefined) return there;
        const layer: GraphLayer = { ...this.#newLayer(id, parent), kind: "read-only", chainId };
        const parents = foldersOf(index, layer);
        const unpin = index.pin(layer.parent);
        try {
          const made = await this.#unpacker.unpack({ layer, parents, tar, signal, onProgress });
          index.add(made);
          return made;
        } finally {
          unpin();
        }
      };
      return await this.#queue.run(id, work, signal);
    } catch (error) {
      throw toOrielError(error, "layer.apply", chainId ?? id);
    } finally {
      await tar.discard();
    }
  }

  /**
   * Fills a layer that `create` made, and returns the bytes of the files in the tar.
   * @throws as createFromDiff; ConflictError for a read-write layer, one that is in use, and one that is mounted.
   */
  async applyDiff(id: string, options: ApplyDiffOptions): Promise<number> {
    const { signal, onProgress } = options;
    const tar = new UnreadStream(options.tar);
    const op = "layer.apply";
    try {
      const index = await this.#ready();
      const work = async (): Promise<number> => {
        const layer = index.require(id, op);
        if (layer.kind === "read-write" || layer.origin === "docker" || layer.content !== layer.folder)
          throw new ConflictError(`${titleOf(layer)} takes no diff: only a layer that create made does`, { op, resource: id });
        this.#mounts.requireIdle(layer, op);
        index.requireUnused(layer, op);
        const unpin = index.pin(id);
        try {
          const filled = await this.#unpacker.replace({ layer, parents: foldersOf(index, layer), tar, signal, onProgress });
          index.add(filled);
          return filled.size;
        } finally {
          unpin();
        }
      };
      return await this.#queue.run(id, work, signal);
    } catch (error) {
      throw toOrielError(error, op, id);
    } finally {
      await tar.discard();
    }
  }

  /**
   * Mounts a layer and returns where: the volume of a read-write layer (`\\?\Volume{GUID}\`), the folder of a read-only
   * one. Counted: each call wants one `put`. Ends what reads the layer.
   * @throws NotFoundError
   */
  async get(id: string): Promise<string> {
    const index = await this.#ready();
    return this.#write(id, "it is being mounted", "layer.get", async () => {
      const layer = index.require(id, "layer.get");
      return this.#mounts.get(layer, foldersOf(index, layer));
    });
  }

  /** @throws NotFoundError; ConflictError for a call more than `get` had. */
  async put(id: string): Promise<void> {
    const index = await this.#ready();
    await this.#write(id, "it is being unmounted", "layer.put", async () => this.#mounts.put(index.require(id, "layer.put")));
  }

  /**
   * What a layer changes in those below it, as an uncompressed tar that `applyDiff` takes.
   * @throws NotFoundError; ConflictError while it is mounted, and once it is to be mounted or removed.
   */
  async *diff(id: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const index = await this.#ready();
    const read = (until: AbortSignal) => {
      const layer = index.require(id, "layer.diff");
      return this.#isDisk(layer) ? diskLayerTar(layer, until) : this.#reader.diff(layer, foldersOf(index, layer), until);
    };
    try {
      yield* this.#leases.stream(id, read, signal);
    } catch (error) {
      throw toOrielError(error, "layer.diff", id);
    }
  }

  /** A read-only layer of this driver's own kind: its folder has the files of its tar, and nothing that could be exported. */
  #isDisk(layer: GraphLayer): boolean {
    return this.name === "windowsdiff" && layer.kind === "read-only";
  }

  /** What `diff` would hold, in the order of the paths. @throws NotFoundError; ConflictError while it is mounted. */
  async changes(id: string): Promise<readonly LayerChange[]> {
    const index = await this.#ready();
    return this.#leases.read(id, async (until) => {
      const layer = index.require(id, "layer.changes");
      if (this.#isDisk(layer)) return (await diskLayerChanges(layer, until)).changes;
      return (await this.#reader.changes(layer, foldersOf(index, layer), until)).changes;
    });
  }

  /** Bytes of the files that `diff` would hold; the layer may be mounted. @throws NotFoundError */
  async diffSize(id: string): Promise<number> {
    const index = await this.#ready();
    return this.#leases.read(id, async (until) => {
      const layer = index.require(id, "layer.size");
      if (layer.size > 0) return layer.size;
      if (this.#isDisk(layer)) return (await diskLayerChanges(layer, until)).size;
      return this.#reader.size(layer, foldersOf(index, layer), this.#mounts.pathOf(id), until);
    });
  }

  /** Copies what a layer shows in a folder; the layer is mounted meanwhile. Returns false where it shows nothing there. @throws NotFoundError */
  async copyFolder(id: string, options: Omit<CopyFolderOptions, "scratchId">): Promise<boolean> {
    const index = await this.#ready();
    const layer = index.require(id, "layer.copy");
    const parents = foldersOf(index, layer);
    const raw = this.#calls.copyCalls(layer.content);
    if (!(await hasFolderContent(raw, parents, options.names))) return false;
    const volumePath = await this.get(id);
    try {
      const isCopied = await copyMountedFolder({ raw, callError: hresultError, volumePath, parents, ...options });
      if (isCopied) await syncTree(options.target, this.#syncer, { above: path.dirname(options.target) });
      return isCopied;
    } finally {
      await this.put(id);
    }
  }

  /** Reads single files of a read-only layer. @throws NotFoundError */
  async diffGetter(id: string): Promise<LayerFileGetter> {
    const index = await this.#ready();
    const layer = index.require(id, "layer.read");
    const unpin = index.pin(id);
    return layerFileGetter(this.#calls.exportCalls(layer.content, { ofScratch: false }).win32, layer.content, async () => unpin());
  }

  /**
   * Removes a layer for good. Files that cannot be deleted now keep nobody from anything: the layer is gone from view,
   * and they are deleted later. Ends what reads the layer.
   * @throws NotFoundError; ConflictError while another layer stands on it, and while it is mounted.
   */
  async remove(id: string): Promise<void> {
    const index = await this.#ready();
    await this.#retryRemovals();
    await this.#write(id, "it is being removed", "layer.remove", async () => {
      this.#mounts.requireIdle(index.require(id, "layer.remove"), "layer.remove");
      const layer = index.take(id);
      try {
        await this.#remover.remove(ownedBy(layer));
      } catch (error) {
        index.add(layer);
        throw error;
      }
      // A mount that could not be undone is gone with its folder.
      this.#journal.clear("mounted-layer", id);
    });
  }

  /** The base images that the host keeps for all, each made a layer here. */
  async baseImages(): Promise<readonly CustomImageInfo[]> {
    const images = parseBaseImages(await this.#calls.baseImages());
    const index = await this.#ready();
    for (const image of images) {
      await this.#queue.run(image.id, async () => {
        if (index.find(image.id)?.content === image.path) return;
        await this.#registerBaseImage(image, index);
      });
    }
    return images;
  }

  /** Nothing is copied: the layer's folder says where the host has the files. */
  async #registerBaseImage(image: CustomImageInfo, index: LayerIndex): Promise<void> {
    const layer: GraphLayer = { ...this.#newLayer(image.id, undefined), kind: "read-only", content: image.path, size: image.size };
    const { kind, id, folder } = ownedBy(layer);
    if (!exists(folder)) {
      this.#folders.prepare();
      this.#journal.record(kind, id, { folder });
      await this.#calls.createLayer(folder, "");
    }
    writeAlias(folder, folderNameOf(image.path));
    await this.#folders.describe(folder, layer, []);
    index.add(layer);
  }

  /**
   * After a restart, before anything else: unmounts what a former process left mounted, removes half-made layers and
   * read-write layers that nobody owns. Never touches folders that it did not make.
   */
  async start(owned: OwnedLayers = {}): Promise<StorageReconciliation> {
    const { removed, failed, layers } = await reconcileLayers({
      calls: this.#calls,
      journal: this.#journal,
      folders: this.#folders,
      remover: this.#remover,
      mounts: this.#mounts,
      owned,
    });
    this.#index = Promise.resolve(new LayerIndex(layers));
    return { removed, failed };
  }

  /** Before the process ends: puts back what is still mounted, deletes what waits for it. Answers what did not work. */
  async stop(): Promise<StorageReconciliation> {
    const removed: string[] = [];
    const failed: string[] = [];
    const index = await this.#ready();
    for (const id of this.#mounts.mounted) {
      try {
        await this.#write(id, "it is being unmounted", "layer.put", async () => {
          while (this.#mounts.isMounted(id)) await this.#mounts.put(index.require(id, "layer.put"));
        });
        removed.push(`mount of ${id}`);
      } catch (error) {
        failed.push(`mount of ${id}: ${toOrielError(error, "layer.put").message}`);
      }
    }
    await this.#retryRemovals();
    for (const { kind, id, error } of this.#remover.waiting) failed.push(`${kind} ${id}: ${error.message}`);
    return { removed, failed };
  }

  /** What could not be deleted before, each in its own turn; a layer of the same name may have been made meanwhile. */
  async #retryRemovals(): Promise<void> {
    for (const owned of this.#remover.waiting) {
      await this.#queue.run(path.basename(owned.folder), async () => {
        if (this.#remover.isWaiting(owned)) await this.#finish(owned);
      });
    }
  }

  async #finish(owned: Owned): Promise<void> {
    const index = await this.#ready();
    const isMadeAnew = index.layers.some((layer) => layer.folder === owned.folder);
    await (isMadeAnew ? this.#remover.finishBeside(owned) : this.#remover.finish(owned));
  }

  /** In the layer's turn, without those who read it. */
  #write<T>(id: string, why: string, op: string, work: () => Promise<T>): Promise<T> {
    const reason = new ConflictError(`layer ${id} cannot be read: ${why}`, { op, resource: id });
    return this.#leases.write(id, reason, () => this.#queue.run(id, work));
  }

  #ready(): Promise<LayerIndex> {
    this.#index ??= this.#folders.read(recordedFolders(this.#journal)).then(
      ({ layers }) => new LayerIndex(layers),
      (error) => {
        this.#index = undefined;
        throw toOrielError(error, "layers.read", this.#folders.home);
      },
    );
    return this.#index;
  }
}

/** Folders of the layers below, immediate parent first. */
function foldersOf(index: LayerIndex, layer: Pick<GraphLayer, "parent">): string[] {
  return index.chainBelow(layer.parent).map((below) => below.content);
}
