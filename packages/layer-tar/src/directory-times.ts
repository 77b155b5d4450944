import type { BasicInfo } from "@oriel/core";
import { mapAhead } from "./ahead.ts";
import { basicInfoOf } from "./entry-content.ts";
import type { LayerFiles } from "./layer-files.ts";
import type { DirectoryEntry } from "./layer-tar-entry.ts";

const AT_ONCE = 8;

/** Remembers the times of directories, to be set when nothing is made in them any more. */
export class DirectoryTimes {
  readonly #times: { readonly name: string; readonly info: BasicInfo }[] = [];

  add(name: string, entry: DirectoryEntry): void {
    this.#times.push({ name, info: { ...basicInfoOf(entry), attributes: 0 } });
  }

  /**
   * Sets them, several at once: to set those of one changes no others.
   *
   * @param locate how a name is spelled on disk; undefined for a directory that is not there any more, which is left out
   */
  async restore(files: LayerFiles, locate: (name: string) => Promise<string | undefined>): Promise<void> {
    const set = async ({ name, info }: { readonly name: string; readonly info: BasicInfo }): Promise<void> => {
      const located = await locate(name);
      if (located !== undefined) await files.setBasicInfo(located, info);
    };
    for await (const _ of mapAhead(this.#times, AT_ONCE, set));
  }
}
