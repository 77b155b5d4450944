import { existsSync } from "node:fs";
import os from "node:os";
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
} from "@oriel/contracts";
import { type Containment, isContainment, type NoContainment } from "../containment/containment.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { StdioHandles } from "../guest/stdio-handles.ts";
import { noHandle } from "../handle-table.ts";
import { HresultFailure, hresultOf } from "../host/answers.ts";
import { writeNameFiles } from "../host-network/name-files.ts";
import type { EmulatedLayers } from "../layers/emulated-layers.ts";
import { runtimeIdOf } from "../layers/name-guid.ts";
import type { ContainerGroup, ContainerGroups } from "../limits/container-group.ts";
import { looseGroup } from "../limits/container-groups.ts";
import { limitsOf } from "../limits/container-limits.ts";
import { MemoryKills } from "../limits/memory-kills.ts";
import { bootLinuxGuest } from "../linux/linux-guest.ts";
import type { LinuxTools } from "../linux/linux-tools.ts";
import type { EmulatedNetwork } from "../network/emulated-network.ts";
import { type StatisticsDocument, UsageMeter } from "../statistics/usage-meter.ts";
import { installWine, type WineInstallation } from "../wine-installation.ts";
import { type ContainerDocument, isLinux, mappedDirectoriesOf, type ProcessDocument } from "./documents.ts";
import { EmulatedProcess } from "./emulated-process.ts";
import { NotificationSource } from "./notification-source.ts";
import type { ProcessListItem, SystemGuest } from "./system-guest.ts";
import { checkPausable, checkState, type SystemRequest, type SystemState, shownStates } from "./system-states.ts";
import { bootWindowsGuest } from "./windows-guest.ts";

/** What a compute system needs of the service that it belongs to. */
export interface SystemContext {
  readonly layers: EmulatedLayers;
  readonly network: EmulatedNetwork;
  readonly stdio: StdioHandles;
  readonly faults: FaultPlan;
  /** Folder for the state of all systems. */
  readonly folder: string;
  wine(): Promise<WineInstallation | undefined>;
  /** undefined: containers are not contained, as was asked for. */
  containment(): Promise<Containment | NoContainment | undefined>;
  /** That a contained system may have, threads counted. */
  readonly processes: number;
  /** What Linux containers are run with, or why they cannot be. */
  linuxTools(): Promise<LinuxTools | string>;
  readonly groups: ContainerGroups;
  /** Told what a user should know of a system that runs all the same. */
  warn(message: string): void;
}

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
  #guest: SystemGuest | undefined;
  #group: ContainerGroup | undefined;
  #meter: UsageMeter | undefined;
  #memoryKills: MemoryKills | undefined;
  /** What a paused guest, which answers nothing, had. */
  #pausedProcesses: readonly ProcessListItem[] = [];
  /** The pausing or resuming under way. */
  #changing: Promise<void> | undefined;
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
    this.check("start");
    this.#state = "Starting";
    this.#starting = this.#start();
  }

  async #start(): Promise<void> {
    try {
      if (isLinux(this.document)) await this.#bootLinux();
      else await this.#bootWindows(await this.#attachRoot());
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
      return (await layers.rootOfVolume(mounted.path)) ?? "";
    }
    const root = await layers.rootOfVolume(this.document.VolumePath);
    if (root === undefined) throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `${this.document.VolumePath} is gone`);
    return root;
  }

  /** A system without a guest runs all the same: it is the process that cannot be made, and that error can be told. */
  async #bootWindows(root: string): Promise<void> {
    const wine = await this.#context.wine();
    if (wine === undefined) {
      this.#noGuest = `Wine is not installed on this host, and without it no Windows program can run: ${installWine}`;
      return;
    }
    const containment = await this.#context.containment();
    if (containment !== undefined && !isContainment(containment)) {
      this.#noGuest = `this host cannot contain containers: ${containment.why}; ${containment.remedy}`;
      return;
    }
    const { network } = this.#context;
    await this.#boot((folder, group) =>
      bootWindowsGuest({
        folder,
        root,
        wine,
        containment,
        processes: this.#context.processes,
        warn: (message) => this.#context.warn(`compute system ${this.id}: ${message}`),
        hostName: this.document.HostName,
        mappedDirectories: mappedDirectoriesOf(this.document),
        enter: group.enter,
        network:
          containment === undefined ? Promise.resolve({ kind: "host" }) : network.join(this.id, this.document.NetworkSharedContainerName),
        nameFiles: () => network.nameFiles(this.id, this.document.HostName),
      }),
    );
  }

  async #bootLinux(): Promise<void> {
    const tools = await this.#context.linuxTools();
    if (typeof tools === "string") throw new HresultFailure(hresultFromWin32(WIN32.NOT_SUPPORTED), tools);
    await this.#boot((folder, group) =>
      bootLinuxGuest({
        folder,
        document: this.document,
        tools,
        group,
        processes: this.#context.processes,
        warn: (message) => this.#context.warn(`compute system ${this.id}: ${message}`),
        joinNetwork: (pid) => this.#context.network.adopt(this.id, pid),
      }),
    );
  }

  async #boot(boot: (folder: string, group: ContainerGroup) => Promise<SystemGuest>): Promise<void> {
    const group = await this.#makeGroup();
    try {
      this.#guest = await boot(path.join(this.#context.folder, this.id), group);
    } catch (error) {
      this.#noGuest = error instanceof Error ? error.message : String(error);
      this.#context.network.leave(this.id);
      return;
    }
    void this.#guest.ended.then(() => {
      if (!["Stopping", "Stopped"].includes(this.#state)) void this.#finish("UnexpectedExit", HCS.UNEXPECTED_EXIT);
    });
  }

  /** Lets programs find names in the networks that it has now. */
  async endpointsChanged(): Promise<void> {
    const etc = path.join(this.#context.folder, this.id, "etc");
    if (existsSync(etc)) writeNameFiles(etc, await this.#context.network.nameFiles(this.id, this.document.HostName));
  }

  async #makeGroup(): Promise<ContainerGroup> {
    const pids = async (): Promise<number[]> => (await this.#guest?.hostPids()) ?? [];
    const limits = limitsOf(this.document, os.availableParallelism());
    // To move a process into a group takes the kernel some 15 ms: only for what can be paused, or is limited.
    const needed = this.document.HvPartition || Object.keys(limits).length > 0;
    const group = needed ? await this.#context.groups.create(this.id, limits, pids) : looseGroup(pids);
    for (const warning of group.warnings) this.#context.warn(`compute system ${this.id}: ${warning}`);
    this.#group = group;
    this.#meter = new UsageMeter(group);
    this.#memoryKills = new MemoryKills(group);
    return group;
  }

  /** @throws HresultFailure for a system that does not run, and with the Win32 error of CreateProcessW. */
  async createProcess(document: ProcessDocument): Promise<{ process: EmulatedProcess; information: HcsProcessInformation }> {
    this.check("run a process");
    const guest = this.#guest;
    if (guest === undefined) throw new HresultFailure(HCS.CONNECT_FAILED, this.#noGuest);
    const endOf = (await this.#memoryKills?.watch()) ?? (async (exitCode: number) => ({ exitCode, outOfMemory: false }));
    const made = await guest.createProcess(document);
    const { stdio } = this.#context;
    const stdInput = made.stdin === undefined ? noHandle<"HANDLE(pipe)">() : stdio.openWriter(made.stdin);
    const information = {
      processId: made.pid,
      stdInput,
      stdOutput: made.stdout === undefined ? noHandle<"HANDLE(pipe)">() : stdio.openReader(made.stdout),
      stdError: made.stderr === undefined ? noHandle<"HANDLE(pipe)">() : stdio.openReader(made.stderr),
    };
    const process = new EmulatedProcess(made, () => stdInput, this.#context.faults, endOf);
    this.processes.set(made.pid, process);
    return { process, information };
  }

  /** @throws HresultFailure unless it runs in a virtual machine of its own. Completes with SystemPauseCompleted. */
  pause(): void {
    this.check("pause");
    checkPausable(this.id, this.document.HvPartition);
    this.#state = "Pausing";
    this.#changing = this.#change("Pausing", "Paused", HcsNotification.SystemPauseCompleted, async () => {
      this.#pausedProcesses = (await this.#guest?.processes()) ?? [];
      await this.#group?.freeze();
    });
  }

  /** @throws HresultFailure unless it is paused. Completes with SystemResumeCompleted. */
  resume(): void {
    this.check("resume");
    this.#state = "Resuming";
    this.#changing = this.#change("Resuming", "Running", HcsNotification.SystemResumeCompleted, async () => this.#group?.thaw());
  }

  /** Does the work of a change of state; what fails leaves the system running. */
  async #change(from: SystemState, to: SystemState, completed: number, work: () => Promise<void>): Promise<void> {
    let status: HResult = 0;
    try {
      await work();
    } catch (error) {
      status = hresultOf(error);
      await this.#group?.thaw().catch(() => undefined);
    }
    // A termination that came meanwhile goes on from here by itself.
    if (this.#state === from) this.#state = status === 0 ? to : "Running";
    this.notifications.notify(completed, status);
  }

  /**
   * Ends the system: shutdown and terminate alike, as programs that run without a console get no word of a shutdown.
   * @throws HresultFailure when it is stopped already, and for the shutdown of what is paused. Completes with SystemExited.
   */
  stop(exitType: "GracefulExit" | "ForcedExit"): void {
    this.check(exitType === "GracefulExit" ? "shut down" : "terminate");
    if (this.#state !== "Stopping") void this.#finish(exitType, 0);
  }

  async #finish(exitType: "GracefulExit" | "ForcedExit" | "UnexpectedExit", status: HResult): Promise<void> {
    if (this.#state === "Stopping" || this.#state === "Stopped") return;
    const wasStarting = this.#state === "Starting" && status === 0;
    const wasPaused = this.#changing !== undefined;
    this.#state = "Stopping";
    if (wasStarting) await this.#starting;
    await this.#changing;
    // What is paused could not end.
    if (wasPaused) await this.#group?.thaw().catch(() => undefined);
    await this.#orWarn(this.#guest?.stop(TERMINATED_EXIT_CODE));
    await Promise.all([...this.processes.values()].map((process) => process.exited));
    this.#context.network.leave(this.id);
    await this.#orWarn(this.#group?.remove());
    if (this.document.HvPartition && !isLinux(this.document))
      await this.#context.layers.raw.DeactivateLayer(filterDriver, this.document.LayerFolderPath);
    this.#state = "Stopped";
    this.#exitType = exitType;
    await this.#onStopped();
    this.notifications.notify(HcsNotification.SystemExited, status);
    this.#tellStopped();
  }

  /** What cannot be removed is reported: the system has ended all the same. */
  async #orWarn(removal: Promise<void> | undefined): Promise<void> {
    try {
      await removal;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#context.warn(`compute system ${this.id}: what it had on the host cannot be removed: ${why}`);
    }
  }

  /** ContainerProperties without what must be asked for. */
  basics(): Record<string, unknown> {
    return {
      Id: this.id,
      Name: this.document.Name || this.id,
      SystemType: "Container",
      RuntimeOsType: isLinux(this.document) ? "Linux" : "Windows",
      Owner: this.document.Owner,
      State: shownStates[this.#state],
      RuntimeId: runtimeIdOf(this.id),
      ...(this.#state === "Stopped" ? { Stopped: true, ExitType: this.#exitType } : {}),
    };
  }

  /** ContainerProperties, with what `types` asks for. */
  async properties(types: readonly string[]): Promise<Record<string, unknown>> {
    const [Statistics, ProcessList] = await Promise.all([
      types.includes("Statistics") ? this.#statistics() : undefined,
      types.includes("ProcessList") ? this.#processList() : undefined,
    ]);
    return { ...this.basics(), Statistics, ProcessList };
  }

  async #statistics(): Promise<StatisticsDocument | undefined> {
    const [used, Network] = await Promise.all([this.#meter?.read(), this.#context.network.statistics(this.id)]);
    return used === undefined ? undefined : { ...used, Network };
  }

  async #processList(): Promise<readonly ProcessListItem[]> {
    if (this.#state === "Pausing" || this.#state === "Paused" || this.#state === "Resuming") return this.#pausedProcesses;
    return (await this.#guest?.processes()) ?? [];
  }

  /** @throws HresultFailure when the request is not taken in the present state */
  check(request: SystemRequest): void {
    checkState(this.id, this.#state, request);
  }
}

function descriptors(document: ContainerDocument): LayerDescriptor[] {
  return document.Layers.map((layer) => ({ layerId: layer.ID, flags: 0, path: layer.Path }));
}

function check(hresult: HResult): void {
  if (hresult !== 0) throw new HresultFailure(hresult, "the container's disk could not be attached");
}
