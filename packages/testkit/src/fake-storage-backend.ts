import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  AlreadyExistsError,
  type ApplyLayerOptions,
  ConflictError,
  type CreateScratchOptions,
  InvalidArgumentError,
  type LayerChange,
  type LayerRecord,
  NotFoundError,
  ReaderLeases,
  type ScratchRecord,
  type StorageBackend,
} from "@oriel/contracts";
import { readFakeLayer } from "./fake-layer-tar.ts";
import { inPieces } from "./image-archive.ts";
import { windowsLayerTar } from "./tar-file.ts";

/** A method of the fake that can be told to fail, or to wait. */
export type FakeStorageMethod = Exclude<keyof StorageBackend, "name">;

export interface FakeStorageBackend extends StorageBackend {
  /** `sha256:<hex>` of the tar that each layer was made from, by chain id; its diff id, if the caller is right. */
  readonly tarDigests: ReadonlyMap<string, string>;
  /** Every call, in order: `applyLayer sha256:…`. */
  readonly calls: readonly string[];
  /** How often each scratch is mounted. */
  readonly mounts: ReadonlyMap<string, number>;
  /** What a container does on C: writes a file, or takes one away where `content` is undefined. `/` parts folders. */
  change(scratchId: string, name: string, content: string | undefined): void;
  /** Text of the files that a layer or scratch shows, those of the layers below included, by their name. */
  filesOf(layer: { readonly chainId: string } | { readonly scratchId: string }): Readonly<Record<string, string>>;
  /** The next call of this method does this first; what it throws is what the call throws. Calls queue up. */
  before(method: FakeStorageMethod, action: (subject: string) => void | Promise<void>): void;
}

/** By name below `Files`, in their order: a file's text, or `null` where a file of those below is gone. */
type FakeFiles = Map<string, string | null>;

interface FakeScratch {
  readonly record: ScratchRecord;
  readonly files: FakeFiles;
  mounted: number;
}

/** A storage backend in memory that keeps every rule of the port. Folders are made-up paths: nothing is on disk. */
export function fakeStorageBackend(): FakeStorageBackend {
  const layers = new Map<string, LayerRecord>();
  const tarDigests = new Map<string, string>();
  const contents = new Map<string, FakeFiles>();
  const unpacking = new Map<string, Promise<LayerRecord>>();
  const scratches = new Map<string, FakeScratch>();
  const leases = new ReaderLeases(10_000);
  const calls: string[] = [];
  const actions = new Map<FakeStorageMethod, ((subject: string) => void | Promise<void>)[]>();

  const enter = async (method: FakeStorageMethod, subject = ""): Promise<void> => {
    calls.push(subject === "" ? method : `${method} ${subject}`);
    await actions.get(method)?.shift()?.(subject);
  };
  const layerOf = (chainId: string, op: string): LayerRecord => {
    const layer = layers.get(chainId);
    if (layer === undefined) throw new NotFoundError(`no layer ${chainId}`, { op, resource: chainId });
    return layer;
  };
  const scratchOf = (id: string, op: string): FakeScratch => {
    const scratch = scratches.get(id);
    if (scratch === undefined) throw new NotFoundError(`no scratch ${id}`, { op, resource: id });
    return scratch;
  };

  const unpack = async (options: ApplyLayerOptions): Promise<LayerRecord> => {
    const { chainId, parentChainId, tar, signal, onProgress } = options;
    if (parentChainId !== undefined) layerOf(parentChainId, "layer.apply");
    const { digest, size, files } = await readTar(tar, signal, onProgress);
    const layer = { chainId, parentChainId, folder: `/fake/layers/${chainId.slice(7)}`, size };
    layers.set(chainId, layer);
    contents.set(chainId, files);
    tarDigests.set(chainId, digest);
    return layer;
  };

  const shownBy = (chainId: string | undefined): Map<string, string> => {
    const layer = layers.get(chainId ?? "");
    if (layer === undefined) return new Map();
    return lay(contents.get(layer.chainId) ?? new Map(), shownBy(layer.parentChainId));
  };
  const unmountedScratch = (id: string, op: string): FakeScratch => {
    const scratch = scratchOf(id, op);
    if (scratch.mounted > 0) throw new ConflictError(`scratch ${id} is mounted`, { op, resource: id });
    return scratch;
  };
  /** Without those who read it. */
  const write = <T>(id: string, op: string, work: () => T): Promise<T> =>
    leases.write(id, new ConflictError(`scratch ${id} cannot be read: ${op}`, { op, resource: id }), async () => work());
  /** What differs from the layers below, in the order of names: a file that was made and taken away again does not. */
  const changesOf = ({ record, files }: FakeScratch): [name: string, content: string | null, kind: LayerChange["kind"]][] => {
    const below = shownBy(record.parentChainId);
    return [...files]
      .filter(([name, content]) => content !== null || below.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, content]) => [name, content, content === null ? "deleted" : below.has(name) ? "modified" : "added"]);
  };

  return {
    name: "fake",
    tarDigests,
    calls,
    get mounts() {
      return new Map([...scratches].map(([id, { mounted }]) => [id, mounted]));
    },
    change(scratchId, name, content) {
      scratchOf(scratchId, "scratch.change").files.set(name, content ?? null);
    },
    filesOf(layer) {
      if ("chainId" in layer) return Object.fromEntries(shownBy(layer.chainId));
      const { record, files } = scratchOf(layer.scratchId, "scratch.files");
      return Object.fromEntries(lay(files, shownBy(record.parentChainId)));
    },
    before(method, action) {
      actions.set(method, [...(actions.get(method) ?? []), action]);
    },

    async status() {
      await enter("status");
      return [["Layers", String(layers.size)]];
    },
    async getLayer(chainId) {
      await enter("getLayer", chainId);
      return layers.get(chainId);
    },
    async listLayers() {
      await enter("listLayers");
      return [...layers.values()];
    },
    async applyLayer(options) {
      const { chainId } = options;
      await enter("applyLayer", chainId);
      const present = layers.get(chainId) ?? unpacking.get(chainId);
      if (present !== undefined) {
        await options.tar[Symbol.asyncIterator]().return?.();
        return present;
      }
      const running = unpack(options).finally(() => unpacking.delete(chainId));
      unpacking.set(chainId, running);
      return running;
    },
    async removeLayer(chainId) {
      await enter("removeLayer", chainId);
      layerOf(chainId, "layer.remove");
      const child = [...layers.values()].find(({ parentChainId }) => parentChainId === chainId);
      const scratch = [...scratches.values()].find(({ record }) => record.parentChainId === chainId);
      if (child !== undefined || scratch !== undefined) {
        const by = child === undefined ? `scratch ${scratch?.record.id}` : `layer ${child.chainId}`;
        throw new ConflictError(`layer ${chainId} is in use by ${by}`, { op: "layer.remove", resource: chainId });
      }
      layers.delete(chainId);
      contents.delete(chainId);
      tarDigests.delete(chainId);
    },

    async createScratch({ id, parentChainId, storageOptions = {} }: CreateScratchOptions) {
      await enter("createScratch", id);
      layerOf(parentChainId, "scratch.create");
      if (scratches.has(id)) throw new AlreadyExistsError(`scratch ${id} exists`, { op: "scratch.create", resource: id });
      checkStorageOptions(storageOptions);
      const record = { id, parentChainId, folder: `/fake/scratches/${id}` };
      scratches.set(id, { record, files: new Map(), mounted: 0 });
      return record;
    },
    async getScratch(id) {
      await enter("getScratch", id);
      return scratches.get(id)?.record;
    },
    async listScratches() {
      await enter("listScratches");
      return [...scratches.values()].map(({ record }) => record);
    },
    async mountScratch(id) {
      await enter("mountScratch", id);
      return write(id, "scratch.mount", () => {
        scratchOf(id, "scratch.mount").mounted++;
        return { volumePath: volumePath(id) };
      });
    },
    async unmountScratch(id) {
      await enter("unmountScratch", id);
      const scratch = scratchOf(id, "scratch.unmount");
      if (scratch.mounted === 0) throw new ConflictError(`scratch ${id} is not mounted`, { op: "scratch.unmount", resource: id });
      scratch.mounted--;
    },
    async layerFolders(scratchId) {
      await enter("layerFolders", scratchId);
      const { record } = scratchOf(scratchId, "scratch.folders");
      const folders: string[] = [];
      for (let layer = layers.get(record.parentChainId); layer !== undefined; layer = layers.get(layer.parentChainId ?? "")) {
        folders.push(layer.folder);
      }
      return [...folders, record.folder];
    },
    async *diff(scratchId, signal) {
      await enter("diff", scratchId);
      const read = async function* (until: AbortSignal) {
        const files = changesOf(unmountedScratch(scratchId, "scratch.diff")).map(([name, content]) => [name, content]);
        for await (const piece of inPieces(windowsLayerTar(Object.fromEntries(files)))) {
          until.throwIfAborted();
          yield piece;
        }
      };
      yield* leases.stream(scratchId, read, signal);
    },
    async changes(scratchId) {
      await enter("changes", scratchId);
      const changes = changesOf(unmountedScratch(scratchId, "scratch.changes"));
      return changes.map(([name, , kind]) => ({ path: `\\${name.replaceAll("/", "\\")}`, kind }));
    },
    async scratchSize(scratchId) {
      await enter("scratchSize", scratchId);
      const changes = changesOf(scratchOf(scratchId, "scratch.size"));
      return changes.reduce((total, [, content]) => total + Buffer.byteLength(content ?? ""), 0);
    },
    async copyFolder({ scratchId, names, target, signal }) {
      const { record } = scratchOf(scratchId, "scratch.copy");
      const prefix = `${names.join("/")}/`.toLowerCase();
      const found = Object.entries(Object.fromEntries(shownBy(record.parentChainId))).filter(([name]) =>
        name.toLowerCase().startsWith(prefix),
      );
      if (found.length === 0) return false;
      await rm(target, { recursive: true, force: true });
      for (const [name, content] of found) {
        const file = path.join(target, "Files", ...names, ...name.slice(prefix.length).split("/"));
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
        await enter("copyFolder", scratchId);
        signal?.throwIfAborted();
      }
      return true;
    },
    async removeScratch(id) {
      await enter("removeScratch", id);
      await write(id, "scratch.remove", () => {
        unmountedScratch(id, "scratch.remove");
        scratches.delete(id);
      });
    },
    async reconcile({ scratchIds, mountedIds }) {
      await enter("reconcile");
      const removed = [...scratches.keys()].filter((id) => !scratchIds.has(id));
      for (const id of removed) scratches.delete(id);
      for (const [id, scratch] of scratches) scratch.mounted = mountedIds?.has(id) === true ? Math.min(scratch.mounted, 1) : 0;
      return { removed: removed.map((id) => `scratch ${id}`), failed: [] };
    },
  };
}

/** A volume GUID path that is always the same for the same scratch. */
function volumePath(id: string): string {
  const digits = createHash("sha256").update(id).digest("hex");
  const guid = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 32)].join("-");
  return `\\\\?\\Volume{${guid}}\\`;
}

function checkStorageOptions(options: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(options)) {
    const known = key === "size" && /^[0-9]+(?:[kmgt]b?|b)?$/i.test(value);
    if (!known) throw new InvalidArgumentError(`storage option ${key}=${value} is not known`, { op: "scratch.create" });
  }
}

/** `files` over those of `below`. */
function lay(files: ReadonlyMap<string, string | null>, below: Map<string, string>): Map<string, string> {
  for (const [name, content] of files) {
    if (content !== null) below.set(name, content);
    // A directory goes with all below it.
    else for (const found of [...below.keys()]) if (found === name || found.startsWith(`${name}/`)) below.delete(found);
  }
  return below;
}

async function readTar(
  tar: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<{ digest: string; size: number; files: FakeFiles }> {
  const hash = createHash("sha256");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of tar) {
    signal?.throwIfAborted();
    hash.update(chunk);
    chunks.push(chunk);
    bytes += chunk.length;
    onProgress?.(bytes);
  }
  return { digest: `sha256:${hash.digest("hex")}`, ...readFakeLayer(Buffer.concat(chunks)) };
}
