import type { Dirent } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import path from "node:path";
import { encodeReparse, encodeStream, FileAttribute, StreamId } from "@oriel/backup-stream";
import { type BasicInfo, FailedPreconditionError } from "@oriel/contracts";
import { basicInfoOf, type DescribedEntry, isDirectoryOnDisk } from "./entry-content.ts";
import { backupSink, type EntrySink } from "./entry-sink.ts";
import type { LayerFiles } from "./layer-files.ts";
import { findInLayer } from "./layer-lookup.ts";

const files = "UtilityVM/Files";

/**
 * The utility VM of a layer on others. Utility VMs are not layered: one that differs from the parent's is a whole one
 * of its own, made of links to the parent's files.
 */
export class UtilityVmFolder {
  readonly #layer: LayerFiles;
  readonly #parents: readonly string[];
  #made: Promise<void> | undefined;

  /** @param parents folders of the layers below, immediate parent first */
  constructor(layer: LayerFiles, parents: readonly string[]) {
    this.#layer = layer;
    this.#parents = parents;
  }

  get made(): boolean {
    return this.#made !== undefined;
  }

  /** Makes it as the parent has it, once. */
  ensure(): Promise<void> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<void> {
    await (await this.#layer.ensureDirectory("UtilityVM")).close();
    await (await this.#layer.ensureDirectory(files)).close();
    for (const parent of this.#parents) {
      const source = await findInLayer(parent, files);
      if (source?.stats.isDirectory() !== true) continue;
      await this.#clone(source.path, files);
      return;
    }
  }

  /** Makes a folder unless it is there. */
  async addFolder(name: string): Promise<void> {
    await this.ensure();
    const there = await findInLayer(this.#layer.root, name);
    if (there?.stats.isDirectory() === true) return;
    if (there !== undefined) await this.#layer.remove(there.path);
    await (await this.#layer.create(name, true)).close();
  }

  /** What the parent has at the entry's name is replaced; a directory that stays one keeps its content. */
  async addEntry(entry: DescribedEntry, name: string): Promise<EntrySink> {
    await this.ensure();
    const there = await findInLayer(this.#layer.root, name);
    if (there?.stats.isDirectory() === true && entry.kind === "directory") {
      return backupSink(await this.#layer.open(there.name), basicInfoOf(entry));
    }
    if (there !== undefined) await this.#layer.remove(there.path);
    return backupSink(await this.#layer.create(await this.#respell(name), isDirectoryOnDisk(entry)), basicInfoOf(entry));
  }

  /** The name with its folder spelled as the parent spells it. */
  async #respell(name: string): Promise<string> {
    const slash = name.lastIndexOf("/");
    const folder = slash === -1 ? undefined : await findInLayer(this.#layer.root, name.slice(0, slash));
    return folder === undefined ? name : `${folder.name}${name.slice(slash)}`;
  }

  /** @throws FailedPreconditionError when the folder was replaced by a link, which Windows would follow. */
  async verify(): Promise<void> {
    for (const name of ["UtilityVM", files]) {
      const folder = this.#layer.pathOf(name);
      if ((await lstat(folder)).isDirectory()) continue;
      throw new FailedPreconditionError(`${folder} is no directory of the layer`, { op: "layer.import", resource: folder });
    }
  }

  async #clone(source: string, name: string): Promise<void> {
    for (const entry of await readdir(source, { withFileTypes: true })) {
      await this.#cloneEntry(entry, path.join(source, entry.name), `${name}/${entry.name}`);
    }
    await this.#layer.setBasicInfo(name, await infoOf(source));
  }

  async #cloneEntry(entry: Dirent, source: string, name: string): Promise<void> {
    if (entry.isDirectory()) {
      await (await this.#layer.create(name, true)).close();
      await this.#clone(source, name);
    } else if (entry.isSymbolicLink()) {
      const link = await this.#layer.create(name, false);
      const target = (await readlink(source)).replaceAll("/", "\\");
      await link.write(encodeStream({ id: StreamId.ReparseData }, encodeReparse({ kind: "symlink", target })));
      await link.closeWith({ ...(await infoOf(source)), attributes: FileAttribute.ReparsePoint });
    } else await this.#layer.link(this.#layer.pathOf(name), source);
  }
}

async function infoOf(file: string): Promise<BasicInfo> {
  const stats = await lstat(file, { bigint: true });
  return {
    attributes: 0,
    creationTime: stats.birthtimeNs,
    lastAccessTime: stats.atimeNs,
    lastWriteTime: stats.mtimeNs,
    changeTime: stats.ctimeNs,
  };
}
