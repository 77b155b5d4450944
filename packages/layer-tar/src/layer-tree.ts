import { foldName } from "@oriel/contracts";
import { isWithin, layerAreas } from "./entry-name.ts";
import { malformedTar } from "./tar/tar-member.ts";

export type NodeKind = "directory" | "file" | "link";

interface TreeNode {
  /** As it is spelled on disk. */
  readonly path: string;
  readonly kind: NodeKind;
  /** Whether the tar has an entry of its own for it. */
  explicit: boolean;
}

/** Where a new entry goes. */
export interface Placement {
  /** The name with its folders spelled as they were made. */
  readonly path: string;
  /** Folders that must be made first, outermost first. */
  readonly missing: readonly string[];
  /** Whether it was made already, as the folder of an earlier entry. */
  readonly exists: boolean;
}

const fixedFolders: ReadonlySet<string> = new Set([...layerAreas, "UtilityVM/Files"].map(foldName));

/** The names that one layer has, as NTFS would see them: without regard to case. Knows nothing of the disk. */
export class LayerTree {
  readonly #nodes = new Map<string, TreeNode>();

  /** Names are compared whatever their case. */
  get(path: string): { readonly path: string; readonly kind: NodeKind } | undefined {
    return this.#nodes.get(foldName(path));
  }

  /**
   * @param path with `/`
   * @throws InvalidArgumentError naming the entry, when the layer has one of that name in whatever case, or when what
   *   would be its folder is a file or a link.
   */
  add(path: string, kind: NodeKind): Placement {
    checkPlace(path, kind);
    const { folder, missing } = this.#folderOf(path);
    const key = foldName(path);
    const there = this.#nodes.get(key);
    if (there === undefined) {
      const node: TreeNode = { path: join(folder, path.slice(path.lastIndexOf("/") + 1)), kind, explicit: true };
      this.#nodes.set(key, node);
      return { path: node.path, missing, exists: false };
    }
    if (there.explicit)
      throw malformedTar(`stands twice in this layer${there.path === path ? "" : `: it is '${there.path}' in another case`}`, path);
    if (kind !== "directory") throw malformedTar(`is a ${kind}, but earlier entries lie below it`, path);
    there.explicit = true;
    return { path: there.path, missing, exists: true };
  }

  /** The folder that the path lies in, as it is spelled, and those that are missing on the way to it. */
  #folderOf(path: string): { readonly folder: string; readonly missing: string[] } {
    const missing: string[] = [];
    const slash = path.lastIndexOf("/");
    const direct = this.#nodes.get(foldName(path.slice(0, Math.max(slash, 0))));
    if (slash === -1) return { folder: "", missing };
    // Where it is known, so are those above it.
    if (direct?.kind === "directory") return { folder: direct.path, missing };
    let folder = "";
    let key = "";
    for (const part of path.slice(0, slash).split("/")) {
      key = join(key, foldName(part));
      let node = this.#nodes.get(key);
      if (node === undefined) {
        node = { path: join(folder, part), kind: "directory", explicit: false };
        this.#nodes.set(key, node);
        missing.push(node.path);
      } else if (node.kind !== "directory") throw malformedTar(`lies below '${node.path}', which is a ${node.kind} in this layer`, path);
      folder = node.path;
    }
    return { folder, missing };
  }
}

function checkPlace(path: string, kind: NodeKind): void {
  const folded = foldName(path);
  if (kind !== "directory" && fixedFolders.has(folded)) throw malformedTar(`is a ${kind}, but every layer has a directory there`, path);
  if (isWithin(folded, "UTILITYVM") && folded !== "UTILITYVM" && !isWithin(folded, "UTILITYVM/FILES")) {
    throw malformedTar("lies in UtilityVM/ but not in UtilityVM/Files/", path);
  }
}

function join(folder: string, part: string): string {
  return folder === "" ? part : `${folder}/${part}`;
}
