import { foldName, type LayerChange, toOrielError } from "@oriel/contracts";
import { exportLayer, type LayerSourceOptions } from "./export-layer-tar.ts";
import { LayerCalls } from "./layer-calls.ts";
import { SourceFiles } from "./source-files.ts";
import { TransportFolder } from "./transport-folder.ts";
import { throwIfCancelled } from "./watched-tar.ts";

export interface LayerChanges {
  /** Sorted by path. */
  readonly changes: readonly LayerChange[];
  /** Sum of the sizes of the files added or modified, bytes. */
  readonly size: number;
}

/**
 * What a layer or scratch changes in those below it, as `docker diff` shows it: what {@link exportLayerTar} would write
 * of `Files`, without its content. A file that none of the parents' folders has is added; what they have is modified,
 * or deleted where the layer takes it away.
 *
 * @throws as exportLayerTar
 */
export async function listLayerChanges(options: LayerSourceOptions): Promise<LayerChanges> {
  const { raw, callError, folder, parents, signal } = options;
  const calls = new LayerCalls(raw, callError);
  const below = new LowerNames(parents.map((parent) => new SourceFiles(calls, parent.path)));
  const changes: LayerChange[] = [];
  const own = new Set<string>();
  const emptied: string[] = [];
  let size = 0;
  try {
    throwIfCancelled(signal, "layer.changes");
    await using exported = await exportLayer(options);
    for await (const step of (await TransportFolder.open(exported.transport)).measured()) {
      throwIfCancelled(signal, "layer.changes");
      if (step.kind === "file") {
        own.add(foldName(step.name));
        size += step.file.size;
        if (step.name === "Files") continue;
        changes.push({ path: displayed(step.name), kind: (await below.has(step.name)) ? "modified" : "added" });
      } else if (step.kind === "whiteout") changes.push({ path: displayed(step.name), kind: "deleted" });
      else emptied.push(step.name);
    }
    for (const name of emptied) {
      for (const child of await below.list(name)) {
        if (!own.has(foldName(`${name}/${child}`))) changes.push({ path: displayed(`${name}/${child}`), kind: "deleted" });
      }
    }
    return { changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)), size };
  } catch (error) {
    throw toOrielError(error, "layer.changes", folder);
  }
}

/** `\Windows\a.txt` of `Files/Windows/a.txt`. */
function displayed(name: string): string {
  return name.slice("Files".length).replaceAll("/", "\\");
}

/** The names that the layers below have, folder by folder. Keeps those of the folders on the way to the last one asked for. */
class LowerNames {
  readonly #layers: readonly SourceFiles[];
  readonly #folders = new Map<string, ReadonlyMap<string, string>>();

  constructor(layers: readonly SourceFiles[]) {
    this.#layers = layers;
  }

  async has(name: string): Promise<boolean> {
    const slash = name.lastIndexOf("/");
    return (await this.#namesIn(name.slice(0, slash))).has(foldName(name.slice(slash + 1)));
  }

  async list(folder: string): Promise<string[]> {
    return [...(await this.#namesIn(folder)).values()].sort();
  }

  async #namesIn(folder: string): Promise<ReadonlyMap<string, string>> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const names = new Map<string, string>();
    for (const layer of this.#layers) {
      for (const name of await layer.list(folder)) if (!names.has(foldName(name))) names.set(foldName(name), name);
    }
    for (const other of this.#folders.keys()) if (!folder.startsWith(`${other}/`)) this.#folders.delete(other);
    this.#folders.set(folder, names);
    return names;
  }
}
