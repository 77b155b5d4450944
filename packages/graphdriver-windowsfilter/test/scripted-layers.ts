import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type RawHcs, type ResourceJournal, silentLogger } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { inPieces, type LayerCallScript, memoryJournal, ScriptedLayerCalls, testChainId, windowsLayerTar } from "@oriel/testkit";
import { WindowsFilterStorage, type WindowsGraphDriver, type WindowsGraphDriverOptions } from "../src/index.ts";

type ScriptedLayersOptions = Pick<WindowsGraphDriverOptions, "flavour" | "previewTars">;

/** A driver on an emulated host whose layer functions can be told to fail or to hang. */
export class ScriptedLayers implements AsyncDisposable {
  readonly root: string;
  readonly folder: string;
  readonly journal: ResourceJournal = memoryJournal();
  readonly driver: WindowsFilterStorage;
  readonly graph: WindowsGraphDriver;
  readonly #options: ScriptedLayersOptions;
  readonly #host: EmulatedHcs;
  readonly #scripted: ScriptedLayerCalls;
  /** Milliseconds. */
  static readonly callDeadline = 60_000;

  private constructor(root: string, options: ScriptedLayersOptions) {
    this.root = root;
    this.folder = path.join(root, "windowsfilter");
    this.#options = options;
    this.#host = createEmulatedHcs({ root, rootfs: "copy" });
    this.#scripted = new ScriptedLayerCalls(this.#host.layers);
    this.driver = this.newDriver();
    this.graph = this.driver.driver;
  }

  static async open(options: ScriptedLayersOptions = {}): Promise<ScriptedLayers> {
    return new ScriptedLayers(await mkdtemp(path.join(os.tmpdir(), "oriel-windowsfilter-")), options);
  }

  get host(): EmulatedHcs {
    return this.#host;
  }

  newDriver(): WindowsFilterStorage {
    const raw: Pick<RawHcs, "layers" | "win32"> = { layers: this.#scripted.layers, win32: this.#host.win32 };
    return new WindowsFilterStorage({
      raw,
      journal: this.journal,
      logger: silentLogger,
      home: this.folder,
      callDeadline: ScriptedLayers.callDeadline,
      ...this.#options,
    });
  }

  /** As {@link ScriptedLayerCalls} has them. */
  get calls(): string[] {
    return this.#scripted.calls;
  }

  script(name: keyof RawHcs["layers"], script: LayerCallScript): void {
    this.#scripted.script(name, script);
  }

  hang(name: keyof RawHcs["layers"]): () => void {
    return this.#scripted.hang(name);
  }

  /** A layer with one file of its own name. */
  apply(layer: string, parent?: string) {
    return this.driver.applyLayer({
      chainId: testChainId(layer),
      ...(parent === undefined ? {} : { parentChainId: testChainId(parent) }),
      tar: inPieces(windowsLayerTar({ [layer]: layer })),
    });
  }

  journaled(): string[] {
    return this.journal.list().map(({ kind, id }) => `${kind} ${id}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.close();
    await rm(this.root, { recursive: true, force: true });
  }
}
