import { lstat, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LayerDescriptor } from "@oriel/contracts";
import { hresultError } from "@oriel/hcs-bindings";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { type ImportedLayer, importLayerTar, type LayerTarEntry, type RawLayerCalls, writeLayerTar } from "../src/index.ts";

/** A folder with layers, made through the emulated Host Compute Service. */
export class ImportedLayers implements AsyncDisposable {
  readonly root: string;
  readonly hcs: EmulatedHcs;

  private constructor(root: string) {
    this.root = root;
    this.hcs = createEmulatedHcs({ root, rootfs: "copy" });
  }

  static async open(): Promise<ImportedLayers> {
    return new ImportedLayers(await mkdtemp(path.join(os.tmpdir(), "oriel-layer-tar-")));
  }

  folder(name: string): string {
    return path.join(this.root, name);
  }

  /** @param parents names of layers, immediate parent first */
  async import(
    name: string,
    parents: readonly string[],
    tar: AsyncIterable<Uint8Array> | readonly LayerTarEntry[],
    options: { raw?: RawLayerCalls; signal?: AbortSignal; onProgress?: (bytes: number) => void } = {},
  ): Promise<ImportedLayer> {
    const folder = this.folder(name);
    await this.hcs.layers.CreateLayer({ flavour: 1, homeDir: "" }, folder, parents[0] ?? "");
    const descriptors: LayerDescriptor[] = parents.map((parent) => ({ layerId: parent, flags: 0, path: this.folder(parent) }));
    return importLayerTar({
      raw: this.hcs,
      callError: hresultError,
      tar: Symbol.asyncIterator in tar ? tar : writeLayerTar(tar),
      folder,
      parents: descriptors,
      staging: this.folder(`${name}-staging`),
      ...options,
    });
  }

  /** What is in a folder of a layer: text of files, `-> target` of links, `{}` for empty directories. */
  async tree(layer: string, below = "Files"): Promise<Record<string, unknown>> {
    const folder = path.join(this.folder(layer), below);
    const found: Record<string, unknown> = {};
    for (const name of (await readdir(folder)).sort()) {
      const stats = await lstat(path.join(folder, name));
      if (stats.isDirectory()) found[name] = await this.tree(layer, path.join(below, name));
      else if (stats.isSymbolicLink()) found[name] = `-> ${await readlink(path.join(folder, name))}`;
      else found[name] = await readFile(path.join(folder, name), "utf8");
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hcs.close();
    await rm(this.root, { recursive: true, force: true });
  }
}
