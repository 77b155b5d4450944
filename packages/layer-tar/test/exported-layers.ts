import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LayerDescriptor } from "@oriel/contracts";
import { hresultError } from "@oriel/hcs-bindings";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import {
  commitScratch,
  exportLayerTar,
  type ImportedLayer,
  importLayerTar,
  type LayerChanges,
  type LayerTarEntry,
  listLayerChanges,
  type RawExportCalls,
  type RawLayerCalls,
  writeLayerTar,
} from "../src/index.ts";
import { FakeWindows } from "./fake-windows.ts";
import { pieces } from "./raw-tar.ts";
import { collect } from "./read-entries.ts";

type RawCalls = RawLayerCalls & RawExportCalls;

export interface CommitOptions<T> {
  readonly raw?: RawCalls;
  readonly signal?: AbortSignal;
  readonly whenWhole?: () => Promise<T>;
}

/** A folder with layers on some host, to be imported and exported. */
export class ExportedLayers<Raw extends RawCalls = RawCalls> implements AsyncDisposable {
  readonly root: string;
  readonly host: Raw;
  readonly #create: (folder: string) => Promise<unknown>;
  readonly #forget: () => Promise<unknown>;

  private constructor(root: string, host: Raw, create: (folder: string) => Promise<unknown>, forget: () => Promise<unknown>) {
    this.root = root;
    this.host = host;
    this.#create = create;
    this.#forget = forget;
  }

  /** On a fake Windows host, which keeps all that a tar can say. */
  static async onFake(): Promise<ExportedLayers<FakeWindows>> {
    const host = new FakeWindows();
    const create = (folder: string) => mkdir(path.join(folder, "Files"), { recursive: true });
    return new ExportedLayers(await temporaryFolder(), host, create, async () => host.forget());
  }

  /** On the emulated Host Compute Service. */
  static async onEmulator(): Promise<ExportedLayers<EmulatedHcs>> {
    const root = await temporaryFolder();
    const host = createEmulatedHcs({ root, rootfs: "copy" });
    const create = (folder: string) => host.layers.CreateLayer({ flavour: 1, homeDir: "" }, folder, "");
    return new ExportedLayers(root, host, create, async () => {});
  }

  folder(name: string): string {
    return path.join(this.root, name);
  }

  /** @param parents names of layers, immediate parent first */
  async import(name: string, parents: readonly string[], tar: Uint8Array | Iterable<LayerTarEntry>): Promise<ImportedLayer> {
    await this.#create(this.folder(name));
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

  /** Makes a layer of what another has beside its parents, as a scratch is committed. */
  async commit<T = undefined>(
    name: string,
    from: string,
    parents: readonly string[],
    options: CommitOptions<T> = {},
  ): Promise<T | undefined> {
    const { raw = this.host, signal, whenWhole = async () => undefined } = options;
    await this.#create(this.folder(name));
    const source = { ...this.#options(from, parents), raw, signal };
    return commitScratch({ source, raw, folder: this.folder(name), whenWhole });
  }

  changes(name: string, parents: readonly string[]): Promise<LayerChanges> {
    return listLayerChanges(this.#options(name, parents));
  }

  async removeAll(): Promise<void> {
    await this.#forget();
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

function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), "oriel-layer-tar-"));
}
