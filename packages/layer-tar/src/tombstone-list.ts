import { FailedPreconditionError, foldName } from "@oriel/contracts";

/** Names that a layer takes away from those below it, by the folder that they were in. */
export class TombstoneList {
  /** Names by their folded form. */
  readonly #byFolder = new Map<string, { readonly folder: string; readonly names: Map<string, string> }>();

  /**
   * @param text `tombstones.txt` of an export: a line `Version 1.0`, then paths in `Files` that begin with `\`
   * @throws FailedPreconditionError for another version, and for a line that is no such path
   */
  static parse(text: string, file: string): TombstoneList {
    const list = new TombstoneList();
    const [version, ...lines] = text.replace(/^\ufeff/, "").split(/\r?\n/);
    if (version !== "Version 1.0") throw unreadable(file, `begins with ${JSON.stringify(version?.slice(0, 40))}, not with "Version 1.0"`);
    for (const line of lines) {
      if (line === "") continue;
      const parts = line.split("\\");
      const name = parts.pop() ?? "";
      if (parts[0] !== "" || name === "")
        throw unreadable(file, `names ${JSON.stringify(line.slice(0, 200))}, which is no path below Files`);
      list.#add(["Files", ...parts.slice(1)].join("/"), name);
    }
    return list;
  }

  /** The names gone from a folder, in the order in which layers are walked; they are taken off the list. */
  take(folder: string): readonly string[] {
    const key = foldName(folder);
    const names = this.#byFolder.get(key)?.names.values() ?? [];
    this.#byFolder.delete(key);
    return [...names].sort();
  }

  /** All that nobody has taken, as whole names. */
  takeRest(): string[] {
    const rest = [...this.#byFolder.values()].flatMap(({ folder, names }) => [...names.values()].map((name) => `${folder}/${name}`)).sort();
    this.#byFolder.clear();
    return rest;
  }

  #add(folder: string, name: string): void {
    const key = foldName(folder);
    const known = this.#byFolder.get(key) ?? { folder, names: new Map() };
    this.#byFolder.set(key, known);
    const folded = foldName(name);
    if (!known.names.has(folded)) known.names.set(folded, name);
  }
}

function unreadable(file: string, what: string): FailedPreconditionError {
  return new FailedPreconditionError(`the list of removed files ${file} ${what}`, { op: "layer.export", resource: file });
}
