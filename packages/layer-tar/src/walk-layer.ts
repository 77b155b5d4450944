import { foldName } from "@oriel/contracts";
import { mapAhead } from "./ahead.ts";
import type { TombstoneList } from "./tombstone-list.ts";

/** Files that are looked at while earlier ones are given out. */
const AHEAD = 8;

/** What the walk must know of a file; the rest is its caller's. */
export interface WalkedFile {
  /** Whether files lie in it: links to directories have none of their own. */
  readonly isFolder: boolean;
}

/** The files of a layer, as they are on disk or in an export. Names have `/` and begin with `Files`, `Hives` or `UtilityVM`. */
export interface WalkableLayer<T extends WalkedFile> {
  /** In a stable order. */
  list(folder: string): Promise<readonly string[]>;
  visit(name: string): Promise<T>;
  readonly tombstones: TombstoneList;
}

/** `whiteout`: `name`, which the layers below have, is gone; `opaque`: all that they have in the folder `name` is. */
export type WalkStep<T> =
  | { readonly kind: "file"; readonly name: string; readonly file: T }
  | { readonly kind: "whiteout" | "opaque"; readonly name: string };

/**
 * A file or folder, and all below it: a folder, what is gone from it, what is in it. That is the order in which Docker
 * writes layers; for the same files it is the same.
 */
export async function* walkLayer<T extends WalkedFile>(
  layer: WalkableLayer<T>,
  name: string,
): AsyncGenerator<WalkStep<T>, void, undefined> {
  const file = await layer.visit(name);
  yield { kind: "file", name, file };
  if (file.isFolder) yield* walkFolder(layer, name);
}

async function* walkFolder<T extends WalkedFile>(layer: WalkableLayer<T>, folder: string): AsyncGenerator<WalkStep<T>, void, undefined> {
  const children = await layer.list(folder);
  const own = new Set(children.map(foldName));
  const hidden = new Set<string>();
  for (const gone of layer.tombstones.take(folder)) {
    if (own.has(foldName(gone))) hidden.add(foldName(gone));
    else yield { kind: "whiteout", name: `${folder}/${gone}` };
  }
  for await (const { item, result: file } of mapAhead(children, AHEAD, (child) => layer.visit(`${folder}/${child}`))) {
    const name = `${folder}/${item}`;
    yield { kind: "file", name, file };
    if (!file.isFolder) continue;
    // Taken away and made again: a folder hides what was in the former one, a file does so by being there.
    if (hidden.has(foldName(item))) yield { kind: "opaque", name };
    yield* walkFolder(layer, name);
  }
}
