import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, type LayerRecord, type ResourceKind, type ScratchRecord } from "@oriel/core";
import { writeJsonFile } from "./durable-file.ts";

/** Docker's own list of the layers below, absolute folders, immediate parent first; `null` for none. */
const chainFile = "layerchain.json";
/** Written last: a folder without it is no layer and no scratch of ours. */
const layerFile = "oriel-layer.json";
const scratchFile = "oriel-scratch.json";

/** What a folder is called while it is not, or not any more, what its name says. */
export const unfinished = { importing: "-importing", staging: "-staging", removing: "-removing" } as const;

const scratchName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** What the folder of the driver holds. */
export interface StoreContent {
  readonly layers: readonly LayerRecord[];
  readonly scratches: readonly ScratchRecord[];
  /** What lies in a folder named as unfinished, with the description that only Oriel writes. */
  readonly leftovers: readonly Owned[];
}

/** A layer or scratch as the journal knows it. */
export interface Owned {
  readonly kind: Extract<ResourceKind, "layer" | "scratch">;
  /** Chain id or container id. */
  readonly id: string;
  /** Where it lies when it is whole. */
  readonly folder: string;
}

/** Where layers and scratches lie, and what describes them there. */
export class LayerStore {
  readonly folder: string;

  /** @param root folder of the engine */
  constructor(root: string) {
    this.folder = path.join(root, "windowsfilter");
  }

  /** @throws InvalidArgumentError for what is no chain id. */
  layerFolder(chainId: string): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(chainId)?.[1];
    if (hex === undefined) {
      throw new InvalidArgumentError(`'${chainId}' is no chain id; it must read sha256: and 64 hexadecimal digits`, { op: "layer.find" });
    }
    return path.join(this.folder, hex);
  }

  /** @throws InvalidArgumentError for an id that cannot name a folder. */
  scratchFolder(id: string): string {
    const named = scratchName.test(id) && !Object.values(unfinished).some((suffix) => id.endsWith(suffix));
    if (!named) {
      throw new InvalidArgumentError(`'${id}' cannot be the id of a scratch: letters, digits, '_', '.' and '-' only`, {
        op: "scratch.find",
      });
    }
    return path.join(this.folder, id);
  }

  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /** @param folder where the layer lies now; the record's own may be another */
  async describeLayer(folder: string, layer: LayerRecord, parents: readonly string[]): Promise<void> {
    await writeJsonFile(path.join(folder, chainFile), parents.length === 0 ? null : parents);
    const { chainId, parentChainId, size } = layer;
    await writeJsonFile(path.join(folder, layerFile), { chainId, parentChainId, size });
  }

  async describeScratch(scratch: ScratchRecord, parents: readonly string[]): Promise<void> {
    await writeJsonFile(path.join(scratch.folder, chainFile), parents);
    await writeJsonFile(path.join(scratch.folder, scratchFile), { id: scratch.id, parentChainId: scratch.parentChainId });
  }

  async read(): Promise<StoreContent> {
    await this.prepare();
    const layers: LayerRecord[] = [];
    const scratches: ScratchRecord[] = [];
    const leftovers: Owned[] = [];
    const entries = await readdir(this.folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory()) continue;
      const folder = path.join(this.folder, entry.name);
      const layer = await this.#readLayer(folder);
      const scratch = layer === undefined ? await this.#readScratch(folder) : undefined;
      if (Object.values(unfinished).some((suffix) => entry.name.endsWith(suffix))) {
        if (layer !== undefined) leftovers.push({ kind: "layer", id: layer.chainId, folder: this.layerFolder(layer.chainId) });
        if (scratch !== undefined) leftovers.push({ kind: "scratch", id: scratch.id, folder: this.scratchFolder(scratch.id) });
      } else if (layer !== undefined && this.layerFolder(layer.chainId) === folder) layers.push(layer);
      else if (scratch !== undefined && this.scratchFolder(scratch.id) === folder) scratches.push(scratch);
    }
    return { layers, scratches, leftovers };
  }

  async #readLayer(folder: string): Promise<LayerRecord | undefined> {
    const found = await readDescription(path.join(folder, layerFile));
    const { chainId, parentChainId, size } = found ?? {};
    if (typeof chainId !== "string" || !/^sha256:[0-9a-f]{64}$/.test(chainId) || typeof size !== "number") return undefined;
    return { chainId, parentChainId: typeof parentChainId === "string" ? parentChainId : undefined, folder, size };
  }

  async #readScratch(folder: string): Promise<ScratchRecord | undefined> {
    const { id, parentChainId } = (await readDescription(path.join(folder, scratchFile))) ?? {};
    if (typeof id !== "string" || typeof parentChainId !== "string" || !scratchName.test(id)) return undefined;
    return { id, parentChainId, folder };
  }
}

async function readDescription(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    // Absent or damaged: no layer either way.
    return undefined;
  }
}
