import path from "node:path";
import {
  DeadlineExceededError,
  type DriverInfo,
  type HResult,
  hresultFailed,
  type LayerDescriptor,
  type RawHcs,
  UnavailableError,
} from "@oriel/core";
import { hresultError, withDeadline } from "@oriel/hcs-bindings";
import type { RawExportCalls, RawLayerCalls } from "@oriel/layer-tar";
import { flavourNumbers, type GraphDriverFlavour } from "./graph-layer.ts";
import { KeyedQueue } from "./keyed-queue.ts";

/**
 * Calls that work through a whole layer may take this many times the deadline of the others: an image of Windows Server
 * has some hundred thousand files.
 */
const LONG_CALL_FACTOR = 15;

type Answer = { readonly hresult: HResult };

export interface LayerCallsOptions {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  /** Milliseconds. */
  readonly deadline: number;
  readonly flavour: GraphDriverFlavour;
}

/** What a call does when it answers after its deadline, so that nothing made late is left behind. */
type Undo<A> = (answer: A) => Promise<unknown>;

/**
 * The layer functions with deadlines, and failed HRESULTs as errors. A layer whose call did not answer in time is left
 * alone until it has: a second call on it would wait behind the first, or undo the wrong thing.
 */
export class LayerCalls {
  readonly #raw: Pick<RawHcs, "layers" | "win32">;
  readonly #deadline: number;
  /** Callers give whole paths as ids, so there is no home directory. */
  readonly #driver: DriverInfo;
  /** By folder: the functions that have not answered in time and not since. */
  readonly #overdue = new Map<string, Set<string>>();
  readonly #guids = new Map<string, string>();
  /** By folder. */
  readonly #exports = new KeyedQueue();

  constructor({ raw, deadline, flavour }: LayerCallsOptions) {
    this.#raw = raw;
    this.#deadline = deadline;
    this.#driver = { flavour: flavourNumbers[flavour], homeDir: "" };
  }

  /** Milliseconds that work through a whole layer may take. */
  get longDeadline(): number {
    return this.#deadline * LONG_CALL_FACTOR;
  }

  /** @throws UnavailableError while a call on this layer is overdue. */
  requireAnswering(folder: string): void {
    const [op] = this.#overdue.get(folder) ?? [];
    if (op === undefined) return;
    throw new UnavailableError(`layer ${path.basename(folder)}: ${op} has not answered yet, which was called before`, {
      op,
      resource: path.basename(folder),
      remedy: "Try again later; if it never answers, restart the vmcompute service.",
    });
  }

  /** @param parents folders, immediate parent first */
  async describe(parents: readonly string[]): Promise<LayerDescriptor[]> {
    return Promise.all(parents.map(async (folder) => ({ layerId: await this.#guidOf(folder), flags: 0, path: folder })));
  }

  async createLayer(folder: string, parent: string): Promise<void> {
    await this.#call("CreateLayer", folder, () => this.#raw.layers.CreateLayer(this.#driver, folder, parent));
  }

  async createSandboxLayer(folder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    await this.#call("CreateSandboxLayer", folder, () => this.#raw.layers.CreateSandboxLayer(this.#driver, folder, "", layers));
  }

  async expandSandboxSize(folder: string, size: bigint): Promise<void> {
    await this.#call("ExpandSandboxSize", folder, () => this.#raw.layers.ExpandSandboxSize(this.#driver, folder, size));
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

  async mountPath(folder: string): Promise<string> {
    const { path: mounted } = await this.#call("GetLayerMountPath", folder, () => this.#raw.layers.GetLayerMountPath(this.#driver, folder));
    return mounted;
  }

  async destroy(folder: string): Promise<void> {
    await this.#call("DestroyLayer", folder, () => this.#raw.layers.DestroyLayer(this.#driver, folder), { long: true });
  }

  async exists(folder: string): Promise<boolean> {
    const { exists } = await this.#call("LayerExists", folder, () => this.#raw.layers.LayerExists(this.#driver, folder));
    return exists;
  }

  /** Of a layer that is activated and not prepared, into a folder that is there. */
  async exportLayer(folder: string, exportFolder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    await this.#call("ExportLayer", folder, () => this.#raw.layers.ExportLayer(this.#driver, folder, exportFolder, layers), { long: true });
  }

  async importLayer(folder: string, importFolder: string, layers: readonly LayerDescriptor[]): Promise<void> {
    await this.#call("ImportLayer", folder, () => this.#raw.layers.ImportLayer(this.#driver, folder, importFolder, layers), { long: true });
  }

  async processBaseImage(folder: string): Promise<void> {
    await this.#call("ProcessBaseImage", folder, () => this.#raw.layers.ProcessBaseImage(folder), { long: true });
  }

  /** JSON, or null where the host keeps no list. */
  async baseImages(): Promise<string | null> {
    const { images } = await this.#call("GetBaseImages", "base images", () => this.#raw.layers.GetBaseImages());
    return images;
  }

  /** The functions that an import makes its calls with, in the layer at `folder`. HRESULTs are the importer's to judge. */
  forImport(folder: string): RawLayerCalls {
    const { layers, win32 } = this.#raw;
    const quick = <A extends Answer>(op: string, call: () => Promise<A>, undo?: Undo<A>) => this.#timed(op, folder, call, { undo });
    const slow = <A extends Answer>(op: string, call: () => Promise<A>) => this.#timed(op, folder, call, { long: true });
    const close: Undo<Awaited<ReturnType<typeof win32.OpenBackupFile>>> = async ({ hresult, file }) =>
      hresultFailed(hresult) ? undefined : win32.CloseBackupFile(file);
    return {
      layers: {
        ImportLayer: (_info, ...args) => slow("ImportLayer", () => layers.ImportLayer(this.#driver, ...args)),
        ProcessBaseImage: (...args) => slow("ProcessBaseImage", () => layers.ProcessBaseImage(...args)),
        ProcessUtilityImage: (...args) => slow("ProcessUtilityImage", () => layers.ProcessUtilityImage(...args)),
      },
      win32: {
        CreateBackupFile: (...args) => quick("CreateBackupFile", () => win32.CreateBackupFile(...args), close),
        OpenBackupFile: (...args) => quick("OpenBackupFile", () => win32.OpenBackupFile(...args), close),
        BackupWrite: (...args) => quick("BackupWrite", () => win32.BackupWrite(...args)),
        SetBasicInfo: (...args) => quick("SetBasicInfo", () => win32.SetBasicInfo(...args)),
        CloseBackupFile: (...args) => quick("CloseBackupFile", () => win32.CloseBackupFile(...args)),
        CreateHardLink: (...args) => quick("CreateHardLink", () => win32.CreateHardLink(...args)),
        RemoveTree: (...args) => slow("RemoveTree", () => win32.RemoveTree(...args)),
      },
    };
  }

  /**
   * The functions that an export makes its calls with, of the layer at `folder`. HRESULTs are the exporter's to judge.
   * @param readWrite reading changes when a file was read last, so a scratch's files are said to be read when they were
   *   written: the same content gives the same tar each time
   */
  forExport(folder: string, readWrite: boolean): RawExportCalls {
    const { layers, win32 } = this.#raw;
    const quick = <A extends Answer>(op: string, call: () => Promise<A>, undo?: Undo<A>) => this.#timed(op, folder, call, { undo });
    const close: Undo<Awaited<ReturnType<typeof win32.OpenBackupReader>>> = async ({ hresult, file }) =>
      hresultFailed(hresult) ? undefined : win32.CloseBackupFile(file);
    return {
      layers: {
        // The host prepares a scratch for as long as it exports it, and refuses to do so twice at once.
        ExportLayer: (_info, ...args) =>
          this.#exports.run(folder, () =>
            this.#timed("ExportLayer", folder, () => layers.ExportLayer(this.#driver, ...args), { long: true }),
          ),
      },
      win32: {
        OpenBackupReader: (...args) => quick("OpenBackupReader", () => win32.OpenBackupReader(...args), close),
        BackupRead: (...args) => quick("BackupRead", () => win32.BackupRead(...args)),
        GetFileFacts: async (...args) => {
          const answer = await quick("GetFileFacts", () => win32.GetFileFacts(...args));
          return readWrite ? { ...answer, facts: { ...answer.facts, lastAccessTime: answer.facts.lastWriteTime } } : answer;
        },
        CloseBackupFile: (...args) => quick("CloseBackupFile", () => win32.CloseBackupFile(...args)),
        ReadDirectory: (...args) => quick("ReadDirectory", () => win32.ReadDirectory(...args)),
      },
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
    options: { long?: boolean; undo?: Undo<A> } = {},
  ): Promise<A> {
    const answer = await this.#timed(op, folder, call, options);
    if (hresultFailed(answer.hresult))
      throw hresultError({ op, hresult: answer.hresult, resource: path.basename(folder), subject: "layer" });
    return answer;
  }

  #timed<A extends Answer>(
    op: string,
    folder: string,
    call: () => Promise<A>,
    { long = false, undo }: { long?: boolean; undo?: Undo<A> | undefined },
  ): Promise<A> {
    const ms = long ? this.#deadline * LONG_CALL_FACTOR : this.#deadline;
    const called = call();
    return withDeadline(called, {
      ms,
      op,
      error: () => {
        this.#watch(op, folder, undo === undefined ? called : called.then(undo));
        return new DeadlineExceededError(`layer ${path.basename(folder)}: ${op} did not answer within ${ms / 1000} s`, {
          op,
          resource: path.basename(folder),
          remedy: "Check that the host is not overloaded; restart the vmcompute service if every layer is affected.",
        });
      },
    });
  }

  #watch(op: string, folder: string, late: Promise<unknown>): void {
    const waiting = this.#overdue.get(folder) ?? new Set<string>();
    this.#overdue.set(folder, waiting.add(op));
    const answered = () => {
      waiting.delete(op);
      if (waiting.size === 0) this.#overdue.delete(folder);
    };
    late.then(answered, answered);
  }
}
