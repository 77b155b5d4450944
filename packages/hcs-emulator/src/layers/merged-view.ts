import { readdirSync } from "node:fs";
import path from "node:path";
import { foldName } from "@oriel/contracts";
import { filesOf } from "./layer-folder.ts";
import { readTombstones } from "./lineage.ts";

/** Something that layers show together: a folder of one or more of them, or the file of the uppermost. */
export interface MergedNode {
  /** As the uppermost layer that has it spells it. */
  readonly name: string;
  /** From the root, with `/`; `""` for the root. */
  readonly spelling: string;
  /** Whether it is a folder; a link to one is none. */
  readonly isFolder: boolean;
  /** Absolute path in the uppermost layer that has it. */
  readonly file: string;
  /** Folder of that layer. */
  readonly layer: string;
}

interface Folder extends MergedNode {
  /** Its folders in the layers, uppermost first, each with the number of its layer. */
  readonly parts: (readonly [layer: number, folder: string])[];
  children: ReadonlyMap<string, MergedNode> | undefined;
}

/**
 * The merged content of layers, without mounting them: names whatever their case, in the spelling of the uppermost layer
 * that has them. A folder is listed when it is first asked for, and only in the layers that have it; so a look-up costs
 * the same on one layer and on a hundred. Layers do not change while a view is used. Synchronous.
 */
export class MergedView {
  readonly #layers: readonly string[];
  /** By the folded name of a folder: what each layer takes away from it. */
  readonly #gone = new Map<string, (readonly [layer: number, folded: string])[]>();
  readonly root: MergedNode;

  /** @param layers folders of layers, uppermost first */
  constructor(layers: readonly string[]) {
    this.#layers = layers;
    for (const [index, layer] of layers.entries()) {
      for (const tombstone of readTombstones(layer)) this.#hide(index, foldName(tombstone));
    }
    const parts = layers.map((layer, index) => [index, filesOf(layer)] as const);
    const root: Folder = {
      name: "",
      spelling: "",
      isFolder: true,
      file: parts[0]?.[1] ?? "",
      layer: layers[0] ?? "",
      parts,
      children: undefined,
    };
    this.root = root;
  }

  /** By folded name; empty for what is no folder. */
  children(node: MergedNode): ReadonlyMap<string, MergedNode> {
    if (!isFolder(node)) return none;
    node.children ??= this.#list(node);
    return node.children;
  }

  child(node: MergedNode | undefined, name: string): MergedNode | undefined {
    return node === undefined ? undefined : this.children(node).get(foldName(name));
  }

  /** What these names lead to; undefined where no layer has it, or an upper one hides it. */
  find(names: readonly string[]): MergedNode | undefined {
    let node: MergedNode | undefined = this.root;
    for (const name of names) node = this.child(node, name);
    return node;
  }

  #hide(layer: number, folded: string): void {
    const slash = folded.lastIndexOf("/");
    const folder = slash === -1 ? "" : folded.slice(0, slash);
    const list = this.#gone.get(folder) ?? [];
    list.push([layer, folded.slice(slash + 1)]);
    this.#gone.set(folder, list);
  }

  #list(node: Folder): ReadonlyMap<string, MergedNode> {
    const children = new Map<string, MergedNode>();
    /** Names of which nothing in the layers further down counts. */
    const closed = new Set<string>();
    const gone = this.#gone.get(foldName(node.spelling)) ?? [];
    let next = 0;
    for (const [layer, folder] of node.parts) {
      // A layer's own files lie above what it takes away.
      for (let hidden = gone[next]; hidden !== undefined && hidden[0] < layer; hidden = gone[next]) {
        closed.add(hidden[1]);
        next += 1;
      }
      this.#add(children, closed, node, layer, folder);
    }
    return children;
  }

  #add(children: Map<string, MergedNode>, closed: Set<string>, node: Folder, layer: number, folder: string): void {
    for (const entry of entriesOf(folder)) {
      const folded = foldName(entry.name);
      if (closed.has(folded)) continue;
      const there = children.get(folded);
      const file = path.join(folder, entry.name);
      if (there !== undefined) {
        if (entry.isDirectory() && isFolder(there)) there.parts.push([layer, file]);
        else closed.add(folded);
        continue;
      }
      const made = {
        name: entry.name,
        spelling: node.spelling === "" ? entry.name : `${node.spelling}/${entry.name}`,
        file,
        layer: this.#layers[layer] ?? "",
      };
      if (entry.isDirectory()) children.set(folded, { ...made, isFolder: true, parts: [[layer, file]], children: undefined } as Folder);
      else {
        children.set(folded, { ...made, isFolder: false });
        closed.add(folded);
      }
    }
  }
}

const none: ReadonlyMap<string, MergedNode> = new Map();

function isFolder(node: MergedNode): node is Folder {
  return node.isFolder;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
