import path from "node:path";
import {
  HCS,
  HcsNotification,
  type HcsProcessInformation,
  type HResult,
  hresultFromWin32,
  type LayerDescriptor,
  TERMINATED_EXIT_CODE,
  WIN32,
} from "@oriel/core";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { ConsoleSize } from "../guest/agent-protocol.ts";
import { processEnvironment } from "../guest/environment.ts";
import { computerName, Guest, type GuestProcess, GuestProcessError } from "../guest/guest.ts";
import type { StdioHandles } from "../guest/stdio-handles.ts";
import { noHandle } from "../handle-table.ts";
import { HresultFailure, hresultOf } from "../host/answers.ts";
import type { EmulatedLayers } from "../layers/emulated-layers.ts";
import { nameToGuid } from "../layers/name-guid.ts";
import type { EmulatedNetwork } from "../network/emulated-network.ts";
import { installWine, type WineInstallation } from "../wine-installation.ts";
import { type ContainerDocument, mappedDirectoriesOf, type ProcessDocument } from "./documents.ts";
import { EmulatedProcess } from "./emulated-process.ts";
import { NotificationSource } from "./notification-source.ts";
import { win32Message } from "./win32-messages.ts";

/** What a compute system needs of the service that it belongs to. */
export interface SystemContext {
  readonly layers: EmulatedLayers;
  readonly network: EmulatedNetwork;
  readonly stdio: StdioHandles;
  readonly faults: FaultPlan;
  /** Folder for the state of all systems. */
  readonly folder: string;
  wine(): Promise<WineInstallation | undefined>;
}

type SystemState = "Created" | "Starting" | "Running" | "Stopping" | "Stopped";

/** The built-in administrator of a Windows container, who runs what names no user. */
const defaultUser = "ContainerAdministrator";
const filterDriver = { flavour: 1, homeDir: "" } as const;

/** A compute system: a container's root, and once it runs a guest with processes. */
export class EmulatedSystem {
  readonly id: string;
  readonly document: ContainerDocument;
  readonly notifications: NotificationSource;
  readonly processes = new Map<number, EmulatedProcess>();
  readonly #context: SystemContext;
  readonly #onStopped: () => Promise<void>;
  #state: SystemState = "Created";
  #exitType: "None" | "GracefulExit" | "ForcedExit" | "UnexpectedExit" = "None";
  #guest: Guest | undefined;
  /** Why there is no guest: told to those who ask for a process. */
  #noGuest = "";
  #starting: Promise<void> | undefined;
  #tellStopped: () => void = () => undefined;
  /** Settles when the system is stopped. */
  readonly stopped: Promise<void> = new Promise((resolve) => {
    this.#tellStopped = resolve;
  });

  constructor(id: string, document: ContainerDocument, context: SystemContext, onStopped: () => Promise<void>) {
    this.id = id;
    this.document = document;
    this.#context = context;
    this.notifications = new NotificationSource(context.faults);
    this.#onStopped = onStopped;
  }

  get state(): SystemState {
    return this.#state;
  }

  /** @throws HresultFailure when it was started before. Completes with SystemStartCompleted. */
  start(): void {
    if (this.#state !== "Created") throw this.#wrongState("start");
    this.#state = "Starting";
    this.#starting = this.#start();
  }

  async #start(): Promise<void> {
    try {
      const root = await this.#attachRoot();
      await this.#boot(root);
      // A stop that came meanwhile goes on from here by itself.
      if (this.#state === "Starting") this.#state = "Running";
      this.notifications.notify(HcsNotification.SystemStartCompleted);
    } catch (error) {
      this.notifications.notify(HcsNotification.SystemStartCompleted, hresultOf(error));
      await this.#finish("UnexpectedExit", HCS.TERMINATED_DURING_START);
    }
  }

  /** The folder behind C:. A Hyper-V container's disk is attached by its own virtual machine, so here by us. */
  async #attachRoot(): Promise<string> {
    const { layers } = this.#context;
    if (this.document.HvPartition) {
      const scratch = this.document.LayerFolderPath;
      check((await layers.raw.ActivateLayer(filterDriver, scratch)).hresult);
      check((await layers.raw.PrepareLayer(filterDriver, scratch, descriptors(this.document))).hresult);
      const mounted = await layers.raw.GetLayerMountPath(filterDriver, scratch);
      check(mounted.hresult);
      return layers.rootOfVolume(mounted.path) ?? "";
    }
    const root = layers.rootOfVolume(this.document.VolumePath);
    if (root === undefined) throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `${this.document.VolumePath} is gone`);
    return root;
  }

  /** A system without a guest runs all the same: it is the process that cannot be made, and that error can be told. */
  async #boot(root: string): Promise<void> {
    const wine = await this.#context.wine();
    if (wine === undefined) {
      this.#noGuest = `Wine is not installed on this host, and without it no Windows program can run: ${installWine}`;
      return;
    }
    try {
      this.#guest = await Guest.boot({
        folder: path.join(this.#context.folder, this.id),
        root,
        wine,
        hostName: this.document.HostName,
        mappedDirectories: mappedDirectoriesOf(this.document),
      });
    } catch (error) {
      this.#noGuest = error instanceof Error ? error.message : String(error);
      return;
    }
    void this.#guest.ended.then(() => {
      if (this.#state === "Running") void this.#finish("UnexpectedExit", HCS.UNEXPECTED_EXIT);
    });
  }

  /** @throws HresultFailure for a system that does not run, and with the Win32 error of CreateProcessW. */
  async createProcess(document: ProcessDocument): Promise<{ process: EmulatedProcess; information: HcsProcessInformation }> {
    if (this.#state === "Stopped" || this.#state === "Stopping") {
      throw new HresultFailure(HCS.SYSTEM_ALREADY_STOPPED, `the compute system ${this.id} is stopped`);
    }
    if (this.#state !== "Running") throw this.#wrongState("run a process");
    const guest = this.#guest;
    if (guest === undefined) throw new HresultFailure(HCS.CONNECT_FAILED, this.#noGuest);
    const made = await this.#createInGuest(guest, document);
    const { stdio } = this.#context;
    const stdInput = made.stdin === undefined ? noHandle<"HANDLE(pipe)">() : stdio.openWriter(made.stdin);
    const information = {
      processId: made.pid,
      stdInput,
      stdOutput: made.stdout === undefined ? noHandle<"HANDLE(pipe)">() : stdio.openReader(made.stdout),
      stdError: made.stderr === undefined ? noHandle<"HANDLE(pipe)">() : stdio.openReader(made.stderr),
    };
    const process = new EmulatedProcess(made, () => stdInput, this.#context.faults);
    this.processes.set(made.pid, process);
    return { process, information };
  }

  async #createInGuest(guest: Guest, document: ProcessDocument): Promise<GuestProcess> {
    try {
      return await guest.createProcess({
        commandLine: document.CommandLine,
        workingDirectory: document.WorkingDirectory.replaceAll("/", "\\"),
        environment: processEnvironment({
          registry: guest.environment,
          document: document.Environment,
          user: document.User || defaultUser,
          computerName: computerName(this.document.HostName),
        }),
        stdin: document.CreateStdInPipe,
        stdout: document.CreateStdOutPipe,
        stderr: document.CreateStdErrPipe,
        console: document.EmulateConsole ? consoleSize(document.ConsoleSize) : undefined,
      });
    } catch (error) {
      if (error instanceof GuestProcessError) throw new HresultFailure(hresultFromWin32(error.win32), win32Message(error.win32));
      throw new HresultFailure(HCS.CONNECTION_CLOSED, error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Ends the system: shutdown and terminate alike, as programs that run without a console get no word of a shutdown.
   * @throws HresultFailure when it is stopped already. Completes with SystemExited.
   */
  stop(exitType: "GracefulExit" | "ForcedExit"): void {
    if (this.#state === "Stopped") throw new HresultFailure(HCS.SYSTEM_ALREADY_STOPPED, `the compute system ${this.id} is stopped`);
    if (this.#state !== "Stopping") void this.#finish(exitType, 0);
  }

  async #finish(exitType: "GracefulExit" | "ForcedExit" | "UnexpectedExit", status: HResult): Promise<void> {
    if (this.#state === "Stopping" || this.#state === "Stopped") return;
    const wasStarting = this.#state === "Starting" && status === 0;
    this.#state = "Stopping";
    if (wasStarting) await this.#starting;
    await this.#guest?.stop(TERMINATED_EXIT_CODE);
    await Promise.all([...this.processes.values()].map((process) => process.exited));
    if (this.document.HvPartition) await this.#context.layers.raw.DeactivateLayer(filterDriver, this.document.LayerFolderPath);
    this.#state = "Stopped";
    this.#exitType = exitType;
    await this.#onStopped();
    this.notifications.notify(HcsNotification.SystemExited, status);
    this.#tellStopped();
  }

  /** ContainerProperties, with what `types` asks for. */
  properties(types: readonly string[]): Record<string, unknown> {
    const shown = { Created: "Created", Starting: "Created", Running: "Running", Stopping: "Running", Stopped: "Stopped" } as const;
    return {
      Id: this.id,
      Name: this.document.Name || this.id,
      SystemType: "Container",
      RuntimeOsType: "Windows",
      Owner: this.document.Owner,
      State: shown[this.#state],
      RuntimeId: nameToGuid(this.id),
      ...(this.#state === "Stopped" ? { Stopped: true, ExitType: this.#exitType } : {}),
      ...(types.includes("ProcessList") ? { ProcessList: this.#processList() } : {}),
    };
  }

  #processList(): { ProcessId: number }[] {
    return [...this.processes.values()].filter((process) => !process.hasExited).map((process) => ({ ProcessId: process.pid }));
  }

  #wrongState(what: string): HresultFailure {
    return new HresultFailure(HCS.INVALID_STATE, `the compute system ${this.id} is ${this.#state.toLowerCase()}: it cannot ${what} now`);
  }
}

/** What a caller leaves open is as large as a console of old. */
function consoleSize({ rows, columns }: ConsoleSize): ConsoleSize {
  return { rows: rows || 25, columns: columns || 80 };
}

function descriptors(document: ContainerDocument): LayerDescriptor[] {
  return document.Layers.map((layer) => ({ layerId: layer.ID, flags: 0, path: layer.Path }));
}

function check(hresult: HResult): void {
  if (hresult !== 0) throw new HresultFailure(hresult, "the container's disk could not be attached");
}
