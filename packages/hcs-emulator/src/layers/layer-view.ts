import { readdir } from "node:fs/promises";
import path from "node:path";
import { foldName } from "../files/case-insensitive.ts";
import { filesOf, readLineage } from "./layer-folder.ts";

/** One layer's files and what it takes away from those below. */
interface ViewLayer {
  readonly files: string;
  /** Folded names. */
  readonly hidden: ReadonlySet<string>;
}

/**
 * The merged content of layers, without mounting them: finds names whatever their case, in the spelling that the
 * uppermost layer that has them uses. Folders are listed once and remembered; layers do not change.
 */
export class LayerView {
  readonly #layers: readonly ViewLayer[];
  readonly #listings = new Map<string, Promise<ReadonlyMap<string, string>>>();

  private constructor(layers: readonly ViewLayer[]) {
    this.#layers = layers;
  }

  /** @param parents folders of layers, immediate parent first */
  static async open(parents: readonly string[]): Promise<LayerView> {
    const layers = await Promise.all(
      parents.map(async (parent) => {
        const { tombstones } = await readLineage(parent);
        return { files: filesOf(parent), hidden: new Set(tombstones.map(foldName)) };
      }),
    );
    return new LayerView(layers);
  }

  /**
   * Where `name` (with `/`, below `Files`) is, and how it and the folders above it are spelled there; undefined where
   * no layer has it, or an upper one hides it.
   */
  async find(name: string): Promise<{ readonly file: string; readonly spelling: string } | undefined> {
    const wanted = name.split("/");
    for (const layer of this.#layers) {
      const spelling = await this.#findIn(layer.files, wanted);
      if (spelling.length === wanted.length) return { file: path.join(layer.files, ...spelling), spelling: spelling.join("/") };
      if (isHidden(layer.hidden, wanted)) return undefined;
    }
    return undefined;
  }

  async #findIn(folder: string, names: readonly string[]): Promise<string[]> {
    const spelling: string[] = [];
    let at = folder;
    for (const name of names) {
      const found = (await this.#list(at)).get(foldName(name));
      if (found === undefined) break;
      spelling.push(found);
      at = path.join(at, found);
    }
    return spelling;
  }

  #list(folder: string): Promise<ReadonlyMap<string, string>> {
    let listing = this.#listings.get(folder);
    if (listing === undefined) {
      listing = readdir(folder).then(
        (entries) => new Map(entries.map((entry) => [foldName(entry), entry])),
        () => new Map(),
      );
      this.#listings.set(folder, listing);
    }
    return listing;
  }
}

function isHidden(hidden: ReadonlySet<string>, names: readonly string[]): boolean {
  return names.some((_, index) => hidden.has(foldName(names.slice(0, index + 1).join("/"))));
}
