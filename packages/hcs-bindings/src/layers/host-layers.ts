import path from "node:path";
import {
  type DriverInfo,
  type HResult,
  hresultFailed,
  hresultFromWin32,
  KeyedQueue,
  type LayerDescriptor,
  type RawHcs,
  WIN32,
} from "@oriel/contracts";
import { hresultError, isHcsError } from "../hcs-error.ts";
import { type LateCall, OverdueCalls } from "./overdue-calls.ts";
import { type LayerExportCalls, type LayerImportCalls, layerExportCalls, layerImportCalls, type TimedCaller } from "./timed-layer-calls.ts";

/**
 * Calls that work through a whole layer may take this many times the deadline of the others: an image of Windows Server
 * has some hundred thousand files.
 */
const LONG_CALL_FACTOR = 15;

/** A new disk may need a moment before its volume answers; hcsshim tries as often, and waits as long in between. */
const ATTEMPTS = 5;
const BETWEEN_ATTEMPTS = 100;
const DEVICE_NOT_CONNECTED = 1167;
const notYet = [WIN32.NOT_READY, DEVICE_NOT_CONNECTED].map(hresultFromWin32);

/** What needs no detaching: it is not attached, or not there any more. */
const notAttached = [WIN32.FILE_NOT_FOUND, WIN32.PATH_NOT_FOUND, WIN32.NOT_READY, WIN32.NOT_FOUND].map(hresultFromWin32);

type Answer = { readonly hresult: HResult };

export interface HostLayersOptions {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  /** Milliseconds that a call may take; those that work through a whole layer fifteen times as many. */
  readonly deadline: number;
  /** Of DriverInfo: 0 is the differencing-disk driver, 1 the filter driver. @default 1 */
  readonly flavour?: DriverInfo["flavour"];
}

/**
 * The layer functions with deadlines, and failed HRESULTs as errors. Layers are named by the absolute path of their
 * folder. A layer whose call did not answer in time is left alone until it has: a second call on it would wait behind
 * the first, or undo the wrong thing. What a call did late is undone.
 */
export class HostLayers {
  readonly #raw: HostLayersOptions["raw"];
  readonly #deadline: number;
  /** Callers give whole paths as ids, so there is no home directory. */
  readonly #driver: DriverInfo;
  readonly #overdue = new OverdueCalls();
  readonly #guids = new Map<string, string>();
  /** By folder: the host prepares a scratch for as long as it exports it, and refuses to do so twice at once. */
  readonly #exports = new KeyedQueue();

  constructor({ raw, deadline, flavour = 1 }: HostLayersOptions) {
    this.#raw = raw;
    this.#deadline = deadline;
    this.#driver = { flavour, homeDir: "" };
  }

  /** Milliseconds that calls may take that work through a whole layer. */
  get longDeadline(): number {
    return this.#deadline * LONG_CALL_FACTOR;
  }

  /** @throws UnavailableError while a call on this layer is overdue. */
  requireAnswering(folder: string): void {
    this.#overdue.require(folder);
  }

  /** @param folders immediate parent first */
  async describe(folders: readonly string[]): Promise<LayerDescriptor[]> {
    return Promise.all(folders.map(async (folder) => ({ layerId: await this.#guidOf(folder), flags: 0, path: folder })));
  }

  /** Whether the host knows of such a layer. */
  async exists(folder: string): Promise<boolean> {
    const { exists } = await this.#call("LayerExists", folder, () => this.#raw.layers.LayerExists(this.#driver, folder));
    return exists;
  }

  /** An empty read-only layer. @param parent name of the parent's folder; empty for none */
  async createLayer(folder: string, parent: string): Promise<void> {
    await this.#call("CreateLayer", folder, () => this.#raw.layers.CreateLayer(this.#driver, folder, parent));
  }

  /** A scratch with a disk of its own. */
  async createSandboxLayer(folder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    await this.#call("CreateSandboxLayer", folder, () => this.#raw.layers.CreateSandboxLayer(this.#driver, folder, "", layers));
  }

  /**
   * Attaches a scratch's disk and lays its parents under it.
   * @param parents folders, immediate parent first
   * @param undo gets a step for each that was done; when it throws, to take them in reverse is the caller's
   */
  async attach(folder: string, parents: readonly string[], undo: (() => Promise<void>)[]): Promise<void> {
    const layers = await this.describe(parents);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.activate(folder);
        undo.push(() => this.deactivate(folder));
        await this.prepare(folder, layers);
        undo.push(() => this.unprepare(folder));
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !isHcsError(error, ...notYet)) throw error;
        await undo.pop()?.();
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_ATTEMPTS));
    }
  }

  /** Undoes `attach`, however much of it there is: none is no error. @throws UnavailableError while a call on it is overdue. */
  async detach(folder: string): Promise<void> {
    this.requireAnswering(folder);
    for (const step of [() => this.unprepare(folder), () => this.deactivate(folder)]) {
      await step().catch((error: unknown) => {
        if (!isHcsError(error, ...notAttached)) throw error;
      });
    }
  }

  async activate(folder: string): Promise<void> {
    const undo = () => this.#raw.layers.DeactivateLayer(this.#driver, folder);
    await this.#call("ActivateLayer", folder, () => this.#raw.layers.ActivateLayer(this.#driver, folder), { undo });
  }

  async prepare(folder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    const undo = async () => {
      await this.#raw.layers.UnprepareLayer(this.#driver, folder);
      await this.#raw.layers.DeactivateLayer(this.#driver, folder);
    };
    await this.#call("PrepareLayer", folder, () => this.#raw.layers.PrepareLayer(this.#driver, folder, layers), { undo });
  }

  async unprepare(folder: string): Promise<void> {
    await this.#call("UnprepareLayer", folder, () => this.#raw.layers.UnprepareLayer(this.#driver, folder));
  }

  async deactivate(folder: string): Promise<void> {
    await this.#call("DeactivateLayer", folder, () => this.#raw.layers.DeactivateLayer(this.#driver, folder));
  }

  /** Where the host shows a layer: the volume of a scratch that is attached, the folder of a read-only one, or nothing. */
  async mountPath(folder: string): Promise<string> {
    const call = () => this.#raw.layers.GetLayerMountPath(this.#driver, folder);
    return (await this.#call("GetLayerMountPath", folder, call)).path;
  }

  /** `\\?\Volume{GUID}\` of a scratch that is attached, with the closing backslash; undefined for one that is not. */
  async volumeOf(folder: string): Promise<string | undefined> {
    const call = () => this.#raw.layers.GetLayerMountPath(this.#driver, folder);
    const answer = await this.#timed("GetLayerMountPath", folder, call);
    if (hresultFailed(answer.hresult)) {
      const error = this.#errorOf("GetLayerMountPath", folder, answer.hresult);
      if (isHcsError(error, ...notAttached)) return undefined;
      throw error;
    }
    if (!/^\\\\\?\\Volume\{/i.test(answer.path)) return undefined;
    return answer.path.endsWith("\\") ? answer.path : `${answer.path}\\`;
  }

  async expandSandboxSize(folder: string, size: bigint): Promise<void> {
    await this.#call("ExpandSandboxSize", folder, () => this.#raw.layers.ExpandSandboxSize(this.#driver, folder, size));
  }

  async processBaseImage(folder: string): Promise<void> {
    await this.#call("ProcessBaseImage", folder, () => this.#raw.layers.ProcessBaseImage(folder), { long: true });
  }

  /** @param utilityVm the folder `UtilityVM` of a layer */
  async processUtilityImage(utilityVm: string): Promise<void> {
    await this.#call("ProcessUtilityImage", utilityVm, () => this.#raw.layers.ProcessUtilityImage(utilityVm), { long: true });
  }

  /** Deletes the folder and all in it. */
  async destroy(folder: string): Promise<void> {
    await this.#call("DestroyLayer", folder, () => this.#raw.layers.DestroyLayer(this.#driver, folder), { long: true });
  }

  /** What the host keeps of layers for all, as JSON; null where it keeps no list. */
  async baseImages(): Promise<string | null> {
    return (await this.#call("GetBaseImages", "base images", () => this.#raw.layers.GetBaseImages())).images;
  }

  /** Of a layer that is activated and not prepared, into a folder that is there. */
  async exportLayer(folder: string, exportFolder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    const call = () => this.#raw.layers.ExportLayer(this.#driver, folder, exportFolder, layers);
    await this.#exports.run(folder, () => this.#call("ExportLayer", folder, call, { long: true }));
  }

  async importLayer(folder: string, importFolder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    await this.#call("ImportLayer", folder, () => this.#raw.layers.ImportLayer(this.#driver, folder, importFolder, layers), { long: true });
  }

  /**
   * The functions that an import makes its calls with, for the layer at `folder`. Their HRESULTs are the importer's to
   * judge, and what throws is a deadline.
   */
  importCalls(folder: string): LayerImportCalls {
    return layerImportCalls(this.#raw, this.#driver, this.#caller(folder));
  }

  /** The same for an export. @param ofScratch whether files are to be said to be read last when they were written */
  exportCalls(folder: string, { ofScratch }: { readonly ofScratch: boolean }): LayerExportCalls {
    const { layers, win32 } = layerExportCalls(this.#raw, this.#driver, this.#caller(folder), ofScratch);
    return { win32, layers: { ExportLayer: (...args) => this.#exports.run(folder, () => layers.ExportLayer(...args)) } };
  }

  /** The functions that files are copied with, out of the layer at `folder`. */
  copyCalls(folder: string): { readonly win32: LayerExportCalls["win32"] & LayerImportCalls["win32"] } {
    return { win32: { ...this.importCalls(folder).win32, ...this.exportCalls(folder, { ofScratch: false }).win32 } };
  }

  #caller(folder: string): TimedCaller {
    return {
      quick: (op, call, undo) => this.#timed(op, folder, call, { undo }),
      slow: (op, call) => this.#timed(op, folder, call, { long: true }),
    };
  }

  async #guidOf(folder: string): Promise<string> {
    const name = path.basename(folder);
    const known = this.#guids.get(name);
    if (known !== undefined) return known;
    const { guid } = await this.#call("NameToGuid", folder, () => this.#raw.layers.NameToGuid(name));
    this.#guids.set(name, guid);
    return guid;
  }

  async #call<A extends Answer>(
    op: string,
    folder: string,
    call: () => Promise<A>,
    options: { readonly long?: boolean; readonly undo?: LateCall<A> } = {},
  ): Promise<A> {
    const answer = await this.#timed(op, folder, call, options);
    if (hresultFailed(answer.hresult)) throw this.#errorOf(op, folder, answer.hresult);
    return answer;
  }

  #timed<A extends Answer>(
    op: string,
    folder: string,
    call: () => Promise<A>,
    { long = false, undo }: { readonly long?: boolean; readonly undo?: LateCall<A> | undefined } = {},
  ): Promise<A> {
    return this.#overdue.timed({ op, folder, ms: long ? this.longDeadline : this.#deadline, undo }, call);
  }

  #errorOf(op: string, folder: string, hresult: HResult) {
    return hresultError({ op, hresult, resource: path.basename(folder), subject: "layer" });
  }
}
