import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { LayerMetadata } from "../files/layer-metadata.ts";
import { hostLinkTarget } from "../files/link-target.ts";
import { temporaryName } from "../files/temporary-name.ts";
import { filesOf, ownFolderOf } from "./layer-folder.ts";
import { readParents } from "./lineage.ts";
import { MergedView } from "./merged-view.ts";

/** Links whose targets were not there yet when they were made: a name and a target a line, as JSON. */
const pendingFile = "links";

export interface WrittenLink {
  /** Folder of the layer. */
  readonly root: string;
  /** Absolute path of the link. */
  readonly file: string;
  /** The same below the container's root, with `/`. */
  readonly name: string;
  /** As Windows has it. */
  readonly target: string;
}

/**
 * Makes a link of a layer. Names on Windows have no case, those of the host do: the target is spelled as the layer, or one
 * below it, has it. What is not there yet is spelled by {@link spellPendingLinks}, once the layer is whole.
 */
export function makeLink({ root, file, name, target }: WrittenLink): void {
  const wanted = hostLinkTarget(target, name);
  // The tree of a utility VM is no container's root.
  if (file !== path.join(filesOf(root), name)) {
    symlinkSync(wanted, file);
    return;
  }
  const { spelled, isThere } = spell(viewOf(root), name, wanted);
  if (!isThere) {
    mkdirSync(ownFolderOf(root), { recursive: true });
    appendFileSync(path.join(ownFolderOf(root), pendingFile), `${JSON.stringify([name, wanted])}\n`);
  }
  symlinkSync(spelled, file);
}

export function hasPendingLinks(root: string): boolean {
  return existsSync(path.join(ownFolderOf(root), pendingFile));
}

/** Spells the targets of links that came before what they lead to. Synchronous; for a layer whose files are all there. */
export function spellPendingLinks(metadata: LayerMetadata, root: string): void {
  if (!hasPendingLinks(root)) return;
  const pending = path.join(ownFolderOf(root), pendingFile);
  const view = viewOf(root);
  for (const line of readFileSync(pending, "utf8").split("\n").filter(Boolean)) {
    const [name, wanted] = JSON.parse(line) as [string, string];
    const file = path.join(filesOf(root), name);
    const { spelled } = spell(view, name, wanted);
    // It may have given way to something else.
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    if (readlinkSync(file) !== wanted || spelled === wanted) continue;
    const whole = temporaryName(file);
    symlinkSync(spelled, whole);
    metadata.copy(root, file, root, whole);
    renameSync(whole, file);
  }
  rmSync(pending);
}

function viewOf(root: string): MergedView {
  return new MergedView([root, ...readParents(root)]);
}

/** @param wanted target relative to the link's folder */
function spell(view: MergedView, link: string, wanted: string): { readonly spelled: string; readonly isThere: boolean } {
  const folder = path.posix.dirname(`/${link}`);
  const inside = path.posix.resolve(folder, wanted);
  const names = inside.split("/").filter(Boolean);
  const spelled: string[] = [];
  let node: ReturnType<MergedView["find"]> = view.root;
  for (const name of names) {
    node = view.child(node, name);
    if (node === undefined) break;
    spelled.push(node.name);
  }
  const rest = names.slice(spelled.length);
  return { spelled: path.posix.relative(folder, `/${[...spelled, ...rest].join("/")}`) || ".", isThere: rest.length === 0 };
}
