import type { BasicInfo } from "@oriel/contracts";
import { mapAhead } from "./ahead.ts";
import type { LayerFiles } from "./layer-files.ts";

const AT_ONCE = 8;

/** Remembers the times of directories, to be set when nothing is made in them any more. */
export class DirectoryTimes {
  readonly #times: { readonly name: string; readonly info: BasicInfo }[] = [];

  add(name: string, { creationTime, lastAccessTime, lastWriteTime, changeTime }: Omit<BasicInfo, "attributes">): void {
    this.#times.push({ name, info: { creationTime, lastAccessTime, lastWriteTime, changeTime, attributes: 0 } });
  }

  /** Sets them, several at once: to set those of one changes no others. A directory that is not there any more is left out. */
  async restore(files: LayerFiles): Promise<void> {
    for await (const _ of mapAhead(this.#times, AT_ONCE, ({ name, info }) => files.setBasicInfoIfThere(name, info)));
  }
}
