import { createHash } from "node:crypto";
import {
  AlreadyExistsError,
  type ApplyLayerOptions,
  ConflictError,
  type CreateScratchOptions,
  InvalidArgumentError,
  type LayerRecord,
  NotFoundError,
  type ScratchRecord,
  type StorageBackend,
} from "@oriel/core";

/** A method of the fake that can be told to fail, or to wait. */
export type FakeStorageMethod = Exclude<keyof StorageBackend, "name">;

export interface FakeStorageBackend extends StorageBackend {
  /** `sha256:<hex>` of the tar that each layer was made from, by chain id; its diff id, if the caller is right. */
  readonly tarDigests: ReadonlyMap<string, string>;
  /** Every call, in order: `applyLayer sha256:…`. */
  readonly calls: readonly string[];
  /** How often each scratch is mounted. */
  readonly mounts: ReadonlyMap<string, number>;
  /** The next call of this method does this first; what it throws is what the call throws. Calls queue up. */
  before(method: FakeStorageMethod, action: (subject: string) => void | Promise<void>): void;
}

interface FakeScratch {
  readonly record: ScratchRecord;
  mounted: number;
}

/** A storage backend in memory that keeps every rule of the port. Folders are made-up paths: nothing is on disk. */
export function fakeStorageBackend(): FakeStorageBackend {
  const layers = new Map<string, LayerRecord>();
  const tarDigests = new Map<string, string>();
  const unpacking = new Map<string, Promise<LayerRecord>>();
  const scratches = new Map<string, FakeScratch>();
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
    const { digest, size } = await readTar(tar, signal, onProgress);
    const layer = { chainId, parentChainId, folder: `/fake/layers/${chainId.slice(7)}`, size };
    layers.set(chainId, layer);
    tarDigests.set(chainId, digest);
    return layer;
  };

  return {
    name: "fake",
    tarDigests,
    calls,
    get mounts() {
      return new Map([...scratches].map(([id, { mounted }]) => [id, mounted]));
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
      tarDigests.delete(chainId);
    },

    async createScratch({ id, parentChainId, storageOptions = {} }: CreateScratchOptions) {
      await enter("createScratch", id);
      layerOf(parentChainId, "scratch.create");
      if (scratches.has(id)) throw new AlreadyExistsError(`scratch ${id} exists`, { op: "scratch.create", resource: id });
      checkStorageOptions(storageOptions);
      const record = { id, parentChainId, folder: `/fake/scratches/${id}` };
      scratches.set(id, { record, mounted: 0 });
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
      scratchOf(id, "scratch.mount").mounted++;
      return { volumePath: volumePath(id) };
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
    async removeScratch(id) {
      await enter("removeScratch", id);
      if (scratchOf(id, "scratch.remove").mounted > 0) {
        throw new ConflictError(`scratch ${id} is mounted`, { op: "scratch.remove", resource: id });
      }
      scratches.delete(id);
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

/** Digest of a tar, and the sum of the sizes that its headers give. */
async function readTar(
  tar: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<{ digest: string; size: number }> {
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
  return { digest: `sha256:${hash.digest("hex")}`, size: sizeOfFiles(Buffer.concat(chunks)) };
}

function sizeOfFiles(tar: Buffer): number {
  let total = 0;
  for (let offset = 0; offset < tar.length; ) {
    if (offset + 512 > tar.length) throw torn(offset);
    const header = tar.subarray(offset, offset + 512);
    if (header.every((byte) => byte === 0)) return total;
    if (header.toString("latin1", 257, 262) !== "ustar") throw torn(offset);
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8) || 0;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "0" || type === "\0") total += size;
    offset += 512 + Math.ceil(size / 512) * 512;
    if (offset > tar.length) throw torn(offset);
  }
  return total;
}

function torn(offset: number): InvalidArgumentError {
  return new InvalidArgumentError(`the tar is torn at byte ${offset}`, { op: "layer.apply" });
}
