import type { BasicInfo } from "@oriel/core";
import { basicInfoOf } from "./entry-content.ts";
import type { LayerFiles } from "./layer-files.ts";
import { findInLayer } from "./layer-lookup.ts";
import type { DirectoryEntry } from "./layer-tar-entry.ts";

/** Remembers the times of directories, to be set when nothing is made in them any more. */
export class DirectoryTimes {
  readonly #times: { readonly name: string; readonly info: BasicInfo }[] = [];

  add(name: string, entry: DirectoryEntry): void {
    this.#times.push({ name, info: { ...basicInfoOf(entry), attributes: 0 } });
  }

  /** Sets them, those of the innermost first. A directory that is not there any more is left out. */
  async restore(files: LayerFiles): Promise<void> {
    const depth = (name: string) => name.split("/").length;
    for (const { name, info } of this.#times.toSorted((a, b) => depth(b.name) - depth(a.name))) {
      const found = await findInLayer(files.root, name);
      if (found?.stats.isDirectory() !== true) continue;
      await files.setBasicInfo(found.name, info);
    }
  }
}
