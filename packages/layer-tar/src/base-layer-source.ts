import { foldName } from "@oriel/contracts";
import { backupOf } from "./boot-backups.ts";
import { type ExportedFile, readExportedFile } from "./exported-file.ts";
import type { SourceFiles } from "./source-files.ts";
import { TombstoneList } from "./tombstone-list.ts";
import { type WalkableLayer, type WalkStep, walkLayer } from "./walk-layer.ts";

/** The recycle bin is the volume's, not the image's; Docker leaves it out too. */
export const recycleBin = foldName("Files/$Recycle.Bin");

/** A layer with nothing below it, as it is on disk: its `Files`, and the files of its utility VM. */
export class BaseLayerSource implements WalkableLayer<ExportedFile> {
  readonly tombstones = new TombstoneList();
  readonly #files: SourceFiles;

  constructor(files: SourceFiles) {
    this.#files = files;
  }

  async list(folder: string): Promise<readonly string[]> {
    // Beside `Files` there are the disks that Windows makes of them.
    if (folder === "UtilityVM") return ["Files"];
    const names = await this.#files.list(folder);
    return folder === "Files" ? names.filter((name) => foldName(`${folder}/${name}`) !== recycleBin) : names;
  }

  async visit(name: string): Promise<ExportedFile> {
    const backup = backupOf(name);
    const replaced = backup !== undefined && (await this.#files.has(backup)) ? await this.#readReplaced(name, backup) : undefined;
    return replaced ?? this.#files.read(name, (facts, open) => readExportedFile(name, facts, open));
  }

  async *walk(): AsyncGenerator<WalkStep<ExportedFile>, void, undefined> {
    yield* walkLayer(this, "Files");
    if (await this.#files.has("UtilityVM/Files")) yield* walkLayer(this, "UtilityVM");
  }

  /** A boot file with the data that the tar had, before Windows changed it. */
  async #readReplaced(name: string, backup: string): Promise<ExportedFile> {
    const file = await this.#files.read(name, (facts, open) => readExportedFile(name, facts, open));
    const { contents } = await this.#files.read(backup, (facts, open) => readExportedFile(backup, facts, open));
    return { ...file, contents: { ...file.contents, size: contents.size, content: () => contents.content() } };
  }
}
