import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type HResult, type RawHcs, type ResourceJournal, silentLogger } from "@oriel/core";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { inPieces, memoryJournal, testChainId, windowsLayerTar } from "@oriel/testkit";
import { WindowsFilterStorage, type WindowsGraphDriver, type WindowsGraphDriverOptions } from "../src/index.ts";

type ScriptedLayersOptions = Pick<WindowsGraphDriverOptions, "flavour" | "previewTars">;

type Answer = { readonly hresult: HResult };

/** What a layer function shall do instead of its work: answer an HRESULT, wait for a promise first, or something else. */
type Script = { readonly fail: HResult } | { readonly wait: Promise<void> } | { readonly run: (...args: never[]) => Promise<Answer> };

/** A driver on an emulated host whose layer functions can be told to fail or to hang. */
export class ScriptedLayers implements AsyncDisposable {
  readonly root: string;
  readonly folder: string;
  readonly journal: ResourceJournal = memoryJournal();
  readonly driver: WindowsFilterStorage;
  readonly graph: WindowsGraphDriver;
  /** Every call of a layer function: name and the last part of the folder, and further strings and numbers. */
  readonly calls: string[] = [];
  readonly #options: ScriptedLayersOptions;
  readonly #host: EmulatedHcs;
  readonly #scripts = new Map<string, Script[]>();
  /** Milliseconds. */
  static readonly callDeadline = 60_000;

  private constructor(root: string, options: ScriptedLayersOptions) {
    this.root = root;
    this.folder = path.join(root, "windowsfilter");
    this.#options = options;
    this.#host = createEmulatedHcs({ root, rootfs: "copy" });
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
    const raw: Pick<RawHcs, "layers" | "win32"> = { layers: this.#scripted(this.#host.layers), win32: this.#host.win32 };
    return new WindowsFilterStorage({
      raw,
      journal: this.journal,
      logger: silentLogger,
      home: this.folder,
      callDeadline: ScriptedLayers.callDeadline,
      ...this.#options,
    });
  }

  /** The next call of this function follows the script; calls queue up. */
  script(name: keyof RawHcs["layers"], script: Script): void {
    this.#scripts.set(name, [...(this.#scripts.get(name) ?? []), script]);
  }

  /** The next call of this function does nothing before the function answered is called. */
  hang(name: keyof RawHcs["layers"]): () => void {
    let answer = () => {};
    const wait = new Promise<void>((resolve) => {
      answer = resolve;
    });
    this.script(name, { wait });
    return () => answer();
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

  #scripted(layers: RawHcs["layers"]): RawHcs["layers"] {
    const functions = Object.entries(layers).map(([name, original]) => [
      name,
      async (...args: unknown[]) => {
        this.calls.push([name, ...args.flatMap((arg) => describeArgument(arg))].join(" "));
        const script = this.#scripts.get(name)?.shift();
        if (script !== undefined && "fail" in script) return { hresult: script.fail, path: "", guid: "", exists: false };
        if (script !== undefined && "run" in script) return (script.run as (...args: unknown[]) => Promise<Answer>)(...args);
        if (script !== undefined) await script.wait;
        return (original as (...args: unknown[]) => Promise<unknown>)(...args);
      },
    ]);
    return Object.fromEntries(functions) as RawHcs["layers"];
  }
}

function describeArgument(argument: unknown): string[] {
  if (typeof argument === "string") return [path.basename(argument)];
  if (typeof argument === "bigint") return [String(argument)];
  if (Array.isArray(argument)) return [`[${argument.map(({ path: folder }) => path.basename(folder)).join(" ")}]`];
  return [];
}
