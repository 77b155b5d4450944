import { mkdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, type ResourceJournal } from "@oriel/contracts";
import type { Syncer } from "@oriel/hcs-bindings";
import { writeLast } from "./durable-file.ts";
import { exists } from "./exists.ts";
import { type GraphLayer, type Owned, ownedBy } from "./graph-layer.ts";
import { readAlias } from "./layer-alias.ts";

/** Docker's own list of the layers below, absolute folders, immediate parent first; `null` for none. */
const chainFile = "layerchain.json";
/** Written last: a folder without it is no layer of ours. */
const descriptionFile = "oriel-layer.json";

/** Names that came in the tar of a layer of plain files. */
export const contentFile = "oriel-content.json";
/** Files in a layer's folder that are the driver's own. */
export const descriptionFiles: readonly string[] = [chainFile, descriptionFile, contentFile];

/** What a folder is called while it is not, or not any more, what its name says. */
export const unfinished = { importing: "-importing", staging: "-staging", removing: "-removing", exporting: "-exporting" } as const;

const layerName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const unfinishedName = /-(?:importing|staging|removing|exporting(?:-\d+)?)$/;
const chainIdForm = /^sha256:[0-9a-f]{64}$/;

/** What the folder of the driver holds. */
export interface FolderContent {
  readonly layers: readonly GraphLayer[];
  /** What lies in a folder named as unfinished, with the description that only Oriel writes. */
  readonly leftovers: readonly Owned[];
}

/** What the journal says of folders. */
export interface RecordedFolders {
  /** Those of layers that Oriel made, or began to make. */
  readonly made: ReadonlySet<string>;
  /** Of those, the ones whose removal was accepted: they are no layers any more, whatever is in them. */
  readonly going: ReadonlySet<string>;
}

export function recordedFolders(journal: ResourceJournal): RecordedFolders {
  const entries = (["layer", "scratch"] as const).flatMap((kind) => journal.list(kind)).map(({ data }) => data);
  const named = entries.flatMap(({ folder, removing }) => (typeof folder === "string" ? [{ folder, going: removing === true }] : []));
  return {
    made: new Set(named.map(({ folder }) => folder)),
    going: new Set(named.filter(({ going }) => going).map(({ folder }) => folder)),
  };
}

/** Where layers lie, and what describes them there. */
export class LayerFolders {
  readonly home: string;
  readonly #syncer: Syncer;

  /** @param home the driver's own folder, absolute */
  constructor(home: string, syncer: Syncer) {
    this.home = home;
    this.#syncer = syncer;
  }

  /** @throws InvalidArgumentError for an id that cannot name a folder. */
  folderOf(id: string): string {
    if (!layerName.test(id) || unfinishedName.test(id)) {
      throw new InvalidArgumentError(
        `'${id}' cannot be the id of a layer: letters, digits, '_', '.' and '-' only, at most 128, not ending as unfinished layers do`,
        { op: "layer.find" },
      );
    }
    return path.join(this.home, id);
  }

  /** At once, as nearly always it is there. */
  prepare(): void {
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
  }

  /** Returns when the names of the layers are on disk. */
  async syncNames(): Promise<void> {
    await this.#syncer.file(this.home);
  }

  /**
   * Makes a layer of what is in a folder, when all of that is on disk.
   *
   * @param folder where the layer lies now; the record's own may be another
   * @param parents folders, immediate parent first
   */
  async describe(folder: string, layer: GraphLayer, parents: readonly string[]): Promise<void> {
    const { id, parent, kind, size, chainId } = layer;
    const content = layer.content === layer.folder ? undefined : layer.content;
    const files = {
      [chainFile]: JSON.stringify(parents.length === 0 ? null : parents),
      [descriptionFile]: JSON.stringify({ id, parent, kind, size, chainId, content }),
    };
    await writeLast(folder, files, this.#syncer);
  }

  /** Records which names in a layer's folder came in its tar; before `describe`, which makes it a layer. */
  async describeContent(folder: string, names: ReadonlySet<string>): Promise<void> {
    await writeLast(folder, { [contentFile]: JSON.stringify([...names].sort()) }, this.#syncer);
  }

  /** What is there, without what is to go. */
  async read({ made, going }: RecordedFolders): Promise<FolderContent> {
    this.prepare();
    const layers: GraphLayer[] = [];
    const leftovers: Owned[] = [];
    const entries = await readdir(this.home, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const folder = path.join(this.home, entry.name);
      if (!entry.isDirectory() || going.has(folder)) continue;
      const described = await this.#readOwn(folder);
      if (unfinishedName.test(entry.name)) {
        if (described !== undefined) leftovers.push(ownedBy({ ...described, folder: this.folderOf(described.id) }));
      } else if (described === undefined) {
        // One of ours without its description is half made, or damaged.
        const foreign = layerName.test(entry.name) && !made.has(folder) ? await this.#readDockers(folder) : undefined;
        if (foreign !== undefined) layers.push(foreign);
      } else if (described.id === entry.name) layers.push(described);
    }
    return { layers, leftovers };
  }

  /** Whether a folder holds a layer that is whole, under whatever name. */
  async isWhole(folder: string): Promise<boolean> {
    return (await this.#readOwn(folder)) !== undefined;
  }

  async #readOwn(folder: string): Promise<GraphLayer | undefined> {
    const found = asRecord(await readJson(path.join(folder, descriptionFile)));
    const { id, parent, kind, size, chainId, content } = found ?? {};
    if (typeof id !== "string" || !layerName.test(id) || unfinishedName.test(id) || typeof size !== "number") return undefined;
    if (kind !== "read-only" && kind !== "read-write") return undefined;
    return {
      id,
      parent: typeof parent === "string" ? parent : undefined,
      kind,
      folder,
      content: typeof content === "string" ? content : folder,
      size,
      chainId: typeof chainId === "string" && chainIdForm.test(chainId) ? chainId : undefined,
      origin: "oriel",
    };
  }

  /** A layer that Docker made has its chain, and nothing of ours. */
  async #readDockers(folder: string): Promise<GraphLayer | undefined> {
    const chain = await readJson(path.join(folder, chainFile));
    if (chain !== null && !(Array.isArray(chain) && chain.every((parent) => typeof parent === "string"))) return undefined;
    const [nearest] = (chain ?? []) as readonly string[];
    const alias = await readAlias(folder);
    return {
      id: path.basename(folder),
      // Docker on another host may have written it: the last part of a Windows path is the id all the same.
      parent: nearest === undefined ? undefined : path.win32.basename(nearest),
      kind: exists(path.join(folder, "sandbox.vhdx")) ? "read-write" : "read-only",
      folder,
      content: alias === undefined ? folder : path.join(this.home, alias),
      size: 0,
      chainId: undefined,
      origin: "docker",
    };
  }
}

/** undefined for a file that is absent or damaged: no layer either way. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
