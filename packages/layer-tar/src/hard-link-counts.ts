import { foldName } from "@oriel/contracts";
import type { HardLinkEntry } from "./layer-tar-entry.ts";
import { malformedTar } from "./tar/tar-member.ts";

/** Names that NTFS gives a file beside its own: 1,024 in all (CreateHardLink, Microsoft). */
export const maxHardLinks = 1023;

/** How many hard links each file of a layer has, also by way of other links and before the file itself has come. */
export class HardLinkCounts {
  /** What a link leads to, folded; links that lead to links are followed when they come. */
  readonly #targets = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** @throws InvalidArgumentError naming the entry that is one too many. */
  add({ name, target }: HardLinkEntry): void {
    const link = foldName(name);
    const file = this.#fileOf(foldName(target));
    // A circle: the one who makes the links finds no file.
    if (file === link) return;
    const count = (this.#counts.get(file) ?? 0) + 1 + (this.#counts.get(link) ?? 0);
    if (count > maxHardLinks) throw malformedTar(`is hard link ${count} to ${target}; NTFS allows ${maxHardLinks} to a file`, name);
    this.#targets.set(link, file);
    this.#counts.set(file, count);
    this.#counts.delete(link);
  }

  #fileOf(name: string): string {
    let file = name;
    for (let next = this.#targets.get(file); next !== undefined; next = this.#targets.get(file)) file = next;
    return file;
  }
}
