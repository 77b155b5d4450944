import { availableParallelism } from "node:os";
import {
  AlreadyExistsError,
  type ContainerRuntime,
  type CreateContainerOptions,
  type DeadlineConfig,
  DeadlineExceededError,
  isOrielError,
  type Logger,
  NotFoundError,
  type ProcessSpec,
  type RawHcs,
  type ResourceJournal,
  type RestoredContainer,
  type RuntimeEventListener,
  type RuntimeProcess,
  type RuntimeProcessInfo,
  type RuntimeSpec,
  type RuntimeStats,
  type RuntimeStatus,
  type StartProcessOptions,
  UnavailableError,
  UnimplementedError,
  type WindowsSpec,
  withDeadline,
} from "@oriel/contracts";
import {
  type ComputeSystem,
  type ContainerConfig,
  createComputeSystem,
  type HcsTimeouts,
  openComputeSystem,
  type ProcessConfig,
  UNKNOWN_EXIT_CODE,
} from "@oriel/hcs-bindings";
import { containerDocument } from "./container-document.ts";
import { statusOf } from "./container-state.ts";
import { gatherFacts, pathExists } from "./document-facts.ts";
import { type EndDeadlines, endSystem, isGoneError } from "./end-system.ts";
import { EventQueue } from "./event-queue.ts";
import { invalidSpec } from "./invalid-spec.ts";
import type { LinuxUtilityVm } from "./linux-boot.ts";
import { LocalContainer } from "./local-container.ts";
import { linuxProcessDocument, processDocument } from "./process-document.ts";
import { restoreContainer } from "./restore-container.ts";

export interface LocalRuntimeOptions {
  readonly raw: RawHcs;
  readonly journal: ResourceJournal;
  readonly logger: Logger;
  readonly deadlines: DeadlineConfig;
  /** Marks the compute systems that are ours. Only these are ever taken over or ended. @default "oriel" */
  readonly owner?: string | undefined;
  /** Milliseconds after which a process or system is looked at that may have ended without a notification. @default 1000 */
  readonly probe?: number | undefined;
  /** Processors of the host. @default those that this process can use */
  readonly processors?: number | undefined;
  /** What the utility VMs of Linux containers boot from. @default files of the usual names in C:\Program Files\Linux Containers */
  readonly linux?: LinuxUtilityVm | undefined;
  /** Whether a path of a layer exists. @default asks the file system */
  readonly exists?: ((path: string) => Promise<boolean>) | undefined;
}

interface Known {
  readonly container: LocalContainer;
  /** Absent for a container that was found again and runs already. */
  readonly document: ProcessConfig | undefined;
}

const kind = "compute-system";
const killSignals = new Set(["KILL", "SIGKILL", "9"]);

/** Runs containers in process, over the Host Compute Service. */
export class LocalRuntime implements ContainerRuntime {
  readonly name: string = "local";
  readonly #raw: RawHcs;
  readonly #journal: ResourceJournal;
  readonly #logger: Logger;
  readonly #timeouts: HcsTimeouts;
  readonly #ends: EndDeadlines;
  readonly #owner: string;
  readonly #processors: number;
  readonly #linux: LinuxUtilityVm;
  readonly #exists: (path: string) => Promise<boolean>;
  readonly #events: EventQueue;
  readonly #containers = new Map<string, Known>();
  /** Containers that are being made, with a promise that settles when that is over. */
  readonly #creating = new Map<string, Promise<unknown>>();

  /** Creations that were given up without an answer, with a promise that settles once what they made is undone. */
  readonly #abandoned = new Map<string, Promise<void>>();
  /** Ids that `restore` found gone and whose exit was told. */
  readonly #toldGone = new Set<string>();

  constructor(options: LocalRuntimeOptions) {
    const { deadlines } = options;
    this.#raw = options.raw;
    this.#journal = options.journal;
    this.#logger = options.logger;
    this.#timeouts = { call: deadlines.call * 1000, notification: deadlines.notification * 1000 };
    this.#ends = { shutdown: deadlines.shutdown * 1000, terminate: deadlines.terminate * 1000, probe: options.probe ?? 1000 };
    this.#owner = options.owner ?? "oriel";
    this.#processors = options.processors ?? availableParallelism();
    this.#linux = options.linux ?? {};
    this.#exists = options.exists ?? pathExists;
    this.#events = new EventQueue(options.logger);
  }

  async create(options: CreateContainerOptions): Promise<void> {
    const { id } = options;
    if (this.#containers.has(id) || this.#creating.has(id)) {
      throw new AlreadyExistsError(`container id ${id} is in use`, { op: "container.create", resource: id });
    }
    const creating = this.#create(options);
    this.#creating.set(id, creating);
    try {
      await creating;
    } finally {
      this.#creating.delete(id);
    }
  }

  async start(id: string, { signal }: StartProcessOptions = {}): Promise<RuntimeProcess> {
    const { container, document } = this.#find(id, "container.start");
    try {
      // A container that was found again has no document, and a state that cannot be started.
      return await container.start(document ?? { ConsoleSize: [0, 0] }, signal);
    } catch (error) {
      if (container.state === "stopped") this.#containers.delete(id);
      throw error;
    }
  }

  exec(id: string, execId: string, process: ProcessSpec, { signal }: StartProcessOptions = {}): Promise<RuntimeProcess> {
    return this.#call(id, "process.exec", (container) => container.exec(execId, process, signal));
  }

  signal(id: string, processId: string, signal: string): Promise<void> {
    return this.#call(id, "container.signal", (container) => container.signal(processId, killSignals.has(signal.toUpperCase())));
  }

  attachEndpoint(id: string, endpointId: string): Promise<void> {
    return this.#call(id, "container.attach-endpoint", (container) => container.changeEndpoint("Add", endpointId));
  }

  detachEndpoint(id: string, endpointId: string): Promise<void> {
    return this.#call(id, "container.detach-endpoint", (container) => container.changeEndpoint("Remove", endpointId));
  }

  pause(id: string): Promise<void> {
    return this.#call(id, "container.pause", (container) => container.pause());
  }

  resume(id: string): Promise<void> {
    return this.#call(id, "container.resume", (container) => container.resume());
  }

  stats(id: string): Promise<RuntimeStats> {
    return this.#call(id, "container.stats", (container) => container.stats());
  }

  processes(id: string): Promise<readonly RuntimeProcessInfo[]> {
    return this.#call(id, "container.processes", (container) => container.processes());
  }

  update(id: string, _resources: WindowsSpec["resources"]): Promise<void> {
    return this.#call(id, "container.update", async () => {
      throw new UnimplementedError("the Host Compute Service cannot change the limits of a container that exists", {
        op: "container.update",
        resource: id,
        remedy: "Make the container again with the new limits.",
      });
    });
  }

  onEvent(listener: RuntimeEventListener): () => void {
    return this.#events.subscribe(listener);
  }

  status(id: string): RuntimeStatus | undefined {
    const known = this.#containers.get(id);
    return known ? statusOf[known.container.state] : undefined;
  }

  async delete(id: string): Promise<void> {
    await this.#creating.get(id)?.catch(() => undefined);
    const known = this.#containers.get(id);
    if (known) {
      const [error] = await known.container.destroy();
      this.#containers.delete(id);
      if (error && this.#isRecorded(id)) throw error;
    }
    // What could not be ended when its first process ended, or what a former call could not end.
    if (this.#isRecorded(id) && !this.#abandoned.has(id)) await this.#endLeftover(id);
  }

  async restore(id: string, spec: RuntimeSpec): Promise<RestoredContainer> {
    const init = this.#containers.get(id)?.container.init;
    if (init) return { outcome: "adopted", init };
    const process = spec.process;
    const pid = this.#recordedPid(id);
    const restored = await restoreContainer({
      raw: this.#raw,
      id,
      owner: this.#owner,
      timeouts: this.#timeouts,
      deadlines: this.#ends,
      logger: this.#logger,
      pid,
      adopt: async (system, taken, isPaused) => {
        if (!process) throw invalidSpec("process", "is missing");
        const container = this.#container(system, spec, process);
        const adopted = await container.adoptInit(taken, isPaused);
        this.#containers.set(id, { container, document: undefined });
        return adopted;
      },
    });
    if (restored.result.outcome === "gone") this.#tellGone(id, pid ?? 0, restored.result.reason);
    if (restored.gone) this.#clear(id);
    return restored.result;
  }

  async #create({ id, spec, signal }: CreateContainerOptions): Promise<void> {
    if (!spec.process) throw invalidSpec("process", "is missing");
    const facts = await gatherFacts(spec, {
      raw: this.#raw,
      ms: this.#timeouts.call,
      signal,
      processors: this.#processors,
      linux: this.#linux,
      exists: this.#exists,
    });
    const { document, warnings, containerSpec } = containerDocument(id, this.#owner, spec, facts);
    // Made now, so that a process that cannot be is refused before anything exists.
    const process = containerSpec ? linuxProcessDocument(spec.process, "", containerSpec) : processDocument(spec.process);
    for (const warning of warnings) this.#logger.warn({ container: id }, warning);

    await this.#untilUndone(id, signal);
    const recordedBefore = this.#isRecorded(id);
    this.#journal.record(kind, id, { owner: this.#owner });
    const system = await this.#makeSystem(id, document, signal).catch((error: unknown) => {
      // The system of that id that exists already can be what a former run left: its record must not be lost.
      if (!(recordedBefore && isOrielError(error, "AlreadyExists"))) this.#clearUnlessAbandoned(id);
      throw error;
    });
    try {
      await system.start({ signal });
    } catch (error) {
      const { gone } = await endSystem(system, { deadlines: this.#ends, logger: this.#logger, first: "terminate" });
      await system
        .close()
        .catch((failure: Error) => this.#logger.warn({ container: id, error: failure.message }, "a handle was not closed"));
      if (gone) this.#clear(id);
      throw error;
    }
    this.#containers.set(id, { container: this.#container(system, spec, spec.process), document: process });
    this.#toldGone.delete(id);
    this.#events.emit({ kind: "created", id, at: new Date() });
  }

  /** A creation that did not answer may still make its system; the record stays until that is made and undone. */
  #makeSystem(id: string, document: ContainerConfig, signal: AbortSignal | undefined): Promise<ComputeSystem> {
    const onAbandoned = (undone: Promise<void>) => {
      const cleared = undone.then(() => {
        this.#abandoned.delete(id);
        this.#clear(id);
      });
      this.#abandoned.set(id, cleared);
    };
    return createComputeSystem(this.#raw, id, document, { timeouts: this.#timeouts, signal, onAbandoned });
  }

  /** The id of a creation that has not been answered is taken: what it makes would be in the way of another. */
  async #untilUndone(id: string, signal: AbortSignal | undefined): Promise<void> {
    const undone = this.#abandoned.get(id);
    if (undone === undefined) return;
    const op = "container.create";
    const error = () =>
      new DeadlineExceededError(`container ${id}: the service has not answered a former creation of it yet`, { op, resource: id });
    await withDeadline(undone, { ms: this.#timeouts.call, error, signal, op });
  }

  #clearUnlessAbandoned(id: string): void {
    if (!this.#abandoned.has(id)) this.#clear(id);
  }

  #container(system: ComputeSystem, spec: RuntimeSpec, process: ProcessSpec): LocalContainer {
    const { id } = system;
    const isLinux = spec.linux !== undefined;
    return new LocalContainer({
      system,
      process,
      documentOf: (further) => (isLinux ? linuxProcessDocument(further, process.cwd) : processDocument(further, process.cwd)),
      canPause: isLinux || spec.windows?.hyperv !== undefined,
      emit: (event) => this.#events.emit(event),
      deadlines: this.#ends,
      logger: this.#logger,
      onStarted: (pid) => this.#recordPid(id, pid),
      onGone: () => this.#clear(id),
    });
  }

  /** The exit of a container that ended while nobody watched it. */
  #tellGone(id: string, pid: number, reason: string): void {
    if (this.#toldGone.has(id)) return;
    this.#toldGone.add(id);
    const at = new Date();
    const error = new UnavailableError(`container ${id} is gone: ${reason}`, { op: "container.restore", resource: id });
    this.#events.emit({ kind: "exit", id, at, processId: "init", pid, exit: { exitCode: UNKNOWN_EXIT_CODE, exitedAt: at, error } });
  }

  /** Ends a compute system that a former call could not end, as far as it is still there. */
  async #endLeftover(id: string): Promise<void> {
    let system: ComputeSystem;
    try {
      system = await openComputeSystem(this.#raw, id, { timeouts: this.#timeouts });
    } catch (error) {
      if (!isGoneError(error)) throw error;
      this.#clear(id);
      return;
    }
    const { gone, errors } = await endSystem(system, { deadlines: this.#ends, logger: this.#logger, first: "terminate" });
    await system.close();
    if (gone) this.#clear(id);
    else if (errors[0]) throw errors[0];
  }

  async #call<T>(id: string, op: string, call: (container: LocalContainer) => Promise<T>): Promise<T> {
    return call(this.#find(id, op).container);
  }

  #find(id: string, op: string): Known {
    const known = this.#containers.get(id);
    if (!known) throw new NotFoundError(`the runtime has no container ${id}`, { op, resource: id });
    return known;
  }

  #isRecorded(id: string): boolean {
    return this.#journal.list(kind).some((entry) => entry.id === id);
  }

  #recordedPid(id: string): number | undefined {
    const pid = this.#journal.list(kind).find((entry) => entry.id === id)?.data.pid;
    return typeof pid === "number" ? pid : undefined;
  }

  #recordPid(id: string, pid: number): void {
    try {
      this.#journal.record(kind, id, { owner: this.#owner, pid });
    } catch (error) {
      // Without it the container runs as well; it only cannot be taken over after a restart.
      this.#logger.error({ container: id, error: String(error) }, "the process id of a container could not be recorded");
    }
  }

  #clear(id: string): void {
    try {
      this.#journal.clear(kind, id);
    } catch (error) {
      this.#logger.error({ container: id, error: String(error) }, "the record of a compute system that is gone could not be cleared");
    }
  }
}
