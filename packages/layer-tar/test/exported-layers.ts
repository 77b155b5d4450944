import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LayerDescriptor } from "@oriel/core";
import { hresultError } from "@oriel/hcs-bindings";
import {
  exportLayerTar,
  type ImportedLayer,
  importLayerTar,
  type LayerChanges,
  type LayerTarEntry,
  listLayerChanges,
  type RawExportCalls,
  writeLayerTar,
} from "../src/index.ts";
import { FakeWindows } from "./fake-windows.ts";
import { pieces } from "./raw-tar.ts";
import { collect } from "./read-entries.ts";

/** A folder with layers on a fake Windows host, which keeps all that a tar can say. */
export class FakeLayers implements AsyncDisposable {
  readonly root: string;
  readonly host = new FakeWindows();

  private constructor(root: string) {
    this.root = root;
  }

  static async open(): Promise<FakeLayers> {
    return new FakeLayers(await mkdtemp(path.join(os.tmpdir(), "oriel-layer-tar-")));
  }

  folder(name: string): string {
    return path.join(this.root, name);
  }

  /** @param parents names of layers, immediate parent first */
  async import(name: string, parents: readonly string[], tar: Uint8Array | Iterable<LayerTarEntry>): Promise<ImportedLayer> {
    await mkdir(path.join(this.folder(name), "Files"), { recursive: true });
    return importLayerTar({
      ...this.#options(name, parents),
      tar: tar instanceof Uint8Array ? pieces(tar) : writeLayerTar(tar),
    });
  }

  stream(
    name: string,
    parents: readonly string[],
    options: { signal?: AbortSignal; raw?: RawExportCalls } = {},
  ): AsyncGenerator<Uint8Array> {
    return exportLayerTar({ ...this.#options(name, parents), ...options });
  }

  export(name: string, parents: readonly string[] = []): Promise<Buffer> {
    return collect(this.stream(name, parents));
  }

  changes(name: string, parents: readonly string[]): Promise<LayerChanges> {
    return listLayerChanges(this.#options(name, parents));
  }

  async removeAll(): Promise<void> {
    this.host.forget();
    for (const name of await readdir(this.root)) await rm(this.folder(name), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  #options(name: string, parents: readonly string[]) {
    const descriptors: LayerDescriptor[] = parents.map((parent) => ({ layerId: parent, flags: 0, path: this.folder(parent) }));
    return {
      raw: this.host,
      callError: hresultError,
      folder: this.folder(name),
      parents: descriptors,
      staging: this.folder(`${name}-staging`),
    };
  }
}
