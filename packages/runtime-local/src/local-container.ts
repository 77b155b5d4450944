import {
  AlreadyExistsError,
  anySignal,
  DeadlineExceededError,
  FailedPreconditionError,
  type Logger,
  NotFoundError,
  type OrielError,
  type ProcessSpec,
  type RuntimeEvent,
  type RuntimeExit,
  type RuntimeProcess,
  type RuntimeProcessInfo,
  type RuntimeStats,
  toOrielError,
  withDeadline,
} from "@oriel/contracts";
import type { ComputeProcess, ComputeSystem, ContainerProperties, ProcessConfig } from "@oriel/hcs-bindings";
import { type ContainerState, nextState } from "./container-state.ts";
import { containerProcesses, containerStats } from "./container-usage.ts";
import { type EndDeadlines, endSystem } from "./end-system.ts";
import { RunningProcess } from "./running-process.ts";

/** Ended exec ids that are remembered, so that a signal that comes late is no error. */
const rememberedExecs = 1000;

export interface LocalContainerOptions {
  readonly system: ComputeSystem;
  /** The spec's first process. */
  readonly process: ProcessSpec;
  /** The document of a further process. @throws InvalidArgumentError */
  readonly documentOf: (process: ProcessSpec) => ProcessConfig;
  /** Whether it is a virtual machine. */
  readonly canPause: boolean;
  readonly deadlines: EndDeadlines;
  readonly logger: Logger;
  readonly emit: (event: RuntimeEvent) => void;
  /** Called when the first process runs. */
  readonly onStarted: (pid: number) => void;
  /** Called once, when the compute system is gone and closed. */
  readonly onGone: () => void;
}

interface OwnedProcess {
  readonly running: RunningProcess;
  /** As others have it: its exit comes when the container has done what follows from it. */
  readonly shown: RuntimeProcess;
}

/** A container with a compute system, from its start to its end. It owns its processes, and learns of their ends by their promises. */
export class LocalContainer {
  readonly id: string;
  readonly #options: LocalContainerOptions;
  readonly #execs = new Map<string, OwnedProcess | undefined>();
  readonly #endedExecs = new Set<string>();
  #state: ContainerState = "created";
  /** Whether it is being paused or resumed. */
  #isSwitching = false;
  #init: OwnedProcess | undefined;
  /** What was asked of the compute system already. */
  #asked: "shutdown" | "terminate" | undefined;
  #ending: Promise<readonly OrielError[]> | undefined;
  /** Aborts when the compute system is gone: processes that the host has not made by then are given up. */
  readonly #gone = new AbortController();

  constructor(options: LocalContainerOptions) {
    this.id = options.system.id;
    this.#options = options;
  }

  get state(): ContainerState {
    return this.#state;
  }

  get init(): RuntimeProcess | undefined {
    return this.#init?.shown;
  }

  /** Runs the first process. When that fails the compute system is ended before the error is thrown; when it is given up, at once. */
  async start(document: ProcessConfig, signal?: AbortSignal): Promise<RuntimeProcess> {
    if (this.#state !== "created") {
      throw new FailedPreconditionError(`container ${this.id} is ${this.#state}; it can be started once`, {
        op: "container.start",
        resource: this.id,
      });
    }
    this.#become("starting");
    try {
      return await this.#takeInit(await this.#createProcess(document, signal), (pid) => {
        this.#options.emit({ kind: "started", id: this.id, at: new Date(), pid });
        this.#options.onStarted(pid);
      });
    } catch (error) {
      await this.end(signal?.aborted === true ? "terminate" : "shutdown");
      throw error;
    }
  }

  /** Makes `process` the first process of a container that was found again. */
  async adoptInit(process: ComputeProcess, isPaused: boolean): Promise<RuntimeProcess> {
    this.#become("starting");
    return this.#takeInit(process, () => isPaused && this.#become("paused"));
  }

  /** Runs a further process. */
  async exec(execId: string, spec: ProcessSpec, signal?: AbortSignal): Promise<RuntimeProcess> {
    const context = { op: "process.exec", resource: this.id };
    if (this.#state !== "running") {
      throw new FailedPreconditionError(`container ${this.id} is ${this.#state}, not running`, context);
    }
    if (execId === "init" || this.#execs.has(execId)) {
      throw new AlreadyExistsError(`exec id ${execId} is in use in container ${this.id}`, context);
    }
    const document = this.#options.documentOf(spec);
    this.#execs.set(execId, undefined);
    try {
      const process = await this.#createProcess(document, anySignal(this.#gone.signal, signal));
      return await this.#takeExec(execId, spec, process);
    } catch (error) {
      this.#execs.delete(execId);
      throw error;
    }
  }

  /** `kill` ends at once; otherwise the container is asked to shut down. A process of an exec is ended by either. */
  async signal(processId: string, kill: boolean): Promise<void> {
    if (processId !== "init") return this.#endExec(processId);
    if (this.#state === "stopped") return;
    if (!this.#init) {
      throw new FailedPreconditionError(`container ${this.id} is ${this.#state} and has no process to signal`, {
        op: "container.signal",
        resource: this.id,
      });
    }
    const { system } = this.#options;
    const options = { signal: this.#gone.signal };
    try {
      if (kill) await system.terminate(options);
      else await system.shutdown(options);
    } catch (error) {
      // It has ended although the host has not returned from this call.
      if (!this.#gone.signal.aborted) throw error;
    }
    this.#asked = kill ? "terminate" : (this.#asked ?? "shutdown");
  }

  /** Gives it an endpoint of the host network service, or takes one. */
  changeEndpoint(change: "Add" | "Remove", endpointId: string): Promise<void> {
    return this.#options.system.modify({ ResourceType: "Network", Settings: endpointId, RequestType: change });
  }

  /** Stops all its processes until `resume`. */
  pause(): Promise<void> {
    const context = { op: "container.pause", resource: this.id };
    return this.#switch(context, async () => {
      if (this.#state === "paused") await this.#lookAgain();
      if (this.#state !== "running") throw new FailedPreconditionError(`container ${this.id} is ${this.#state}, not running`, context);
      if (!this.#options.canPause) {
        throw new FailedPreconditionError(`container ${this.id} has process isolation, which cannot be paused`, {
          ...context,
          remedy: "Create it with Hyper-V isolation: a virtual machine can be paused.",
        });
      }
      await this.#reach("paused", context, () => this.#options.system.pause());
    });
  }

  resume(): Promise<void> {
    const context = { op: "container.resume", resource: this.id };
    return this.#switch(context, async () => {
      if (this.#state === "running") await this.#lookAgain();
      if (this.#state !== "paused") throw new FailedPreconditionError(`container ${this.id} is ${this.#state}, not paused`, context);
      await this.#reach("running", context, () => this.#options.system.resume());
    });
  }

  async stats(): Promise<RuntimeStats> {
    this.#mustRun("container.stats");
    return containerStats(await this.#options.system.properties({ PropertyTypes: ["Statistics"] }), new Date());
  }

  async processes(): Promise<readonly RuntimeProcessInfo[]> {
    this.#mustRun("container.processes");
    const properties = await this.#options.system.properties({ PropertyTypes: ["ProcessList"] });
    const ids = new Map(this.#processes().map(({ running }) => [running.pid, running.id]));
    return containerProcesses(properties, (pid) => ids.get(pid));
  }

  /**
   * Ends the compute system, waits for its processes, and closes it. Safe to call again: the second call waits for the
   * first. Answers what went wrong; never rejects.
   */
  end(how: "shutdown" | "terminate" = "shutdown"): Promise<readonly OrielError[]> {
    this.#ending ??= this.#end(how);
    return this.#ending;
  }

  /** Terminates the container and waits until nothing of it is left. Answers what went wrong; never rejects. */
  async destroy(): Promise<readonly OrielError[]> {
    if (this.#state === "stopped") {
      this.#abandonUnreadOutput();
      return [];
    }
    const errors: OrielError[] = [];
    if (this.#ending) {
      // It need not be waited for when the end is there without it.
      const terminating = this.#options.system.terminate().catch((error: unknown) => {
        errors.push(toOrielError(error, "container.delete", this.id));
      });
      await Promise.race([terminating, this.#ending]);
    }
    errors.push(...(await this.end("terminate")));
    await this.#init?.shown.exit;
    this.#abandonUnreadOutput();
    return errors;
  }

  async #end(how: "shutdown" | "terminate"): Promise<readonly OrielError[]> {
    this.#become("stopping");
    const { system, deadlines, logger, onGone } = this.#options;
    const first = this.#asked && how !== "terminate" ? "wait" : how;
    const { gone, errors } = await endSystem(system, { deadlines, logger, first });
    this.#gone.abort(new FailedPreconditionError(`container ${this.id} ended meanwhile`, { op: "process.exec", resource: this.id }));
    const failures = [...errors];
    // The end of the first process is to be the last that is heard of a container, and a system is closed after its processes.
    const timeout = gone ? deadlines.terminate : 0;
    await Promise.all(
      this.#processes().map(async (process) => {
        await process.running.closeWithin(timeout);
        // Its own exit waits for all this.
        if (process !== this.#init) await process.shown.exit;
      }),
    );
    // A call that hangs still uses the handle, which is closed when that answers; nobody has to wait for it.
    const overdue = () =>
      new DeadlineExceededError(`container ${this.id} has ended, but a call still uses its handle`, {
        op: "container.close",
        resource: this.id,
      });
    await withDeadline(system.close(), { ms: deadlines.terminate, error: overdue, op: "container.close" }).catch((error: unknown) =>
      failures.push(toOrielError(error, "container.close", this.id)),
    );
    this.#become("stopped");
    if (gone) onGone();
    return failures;
  }

  async #takeInit(process: ComputeProcess, onRunning: (pid: number) => void): Promise<RuntimeProcess> {
    try {
      if (this.#state !== "starting") {
        throw new FailedPreconditionError(`container ${this.id} was ended while it started`, { op: "container.start", resource: this.id });
      }
      this.#init = this.#own("init", this.#options.process, process);
    } catch (error) {
      await discard(process);
      throw error;
    }
    // Nothing is waited for in between: its exit cannot be told before its start.
    this.#become("running");
    onRunning(process.pid);
    return this.#init.shown;
  }

  async #takeExec(execId: string, spec: ProcessSpec, process: ComputeProcess): Promise<RuntimeProcess> {
    let owned: OwnedProcess;
    try {
      if (!this.#isAlive) {
        throw new FailedPreconditionError(`container ${this.id} ended meanwhile`, { op: "process.exec", resource: this.id });
      }
      owned = this.#own(execId, spec, process);
    } catch (error) {
      await discard(process);
      throw error;
    }
    this.#execs.set(execId, owned);
    const { pid } = process;
    const at = new Date();
    this.#options.emit({ kind: "exec-added", id: this.id, at, processId: execId });
    this.#options.emit({ kind: "exec-started", id: this.id, at, processId: execId, pid });
    return owned.shown;
  }

  /** Pausing and resuming, one at a time. */
  async #switch(context: { readonly op: string; readonly resource: string }, work: () => Promise<void>): Promise<void> {
    if (this.#isSwitching) throw new FailedPreconditionError(`container ${this.id} is being paused or resumed`, context);
    this.#isSwitching = true;
    try {
      await work();
    } finally {
      this.#isSwitching = false;
    }
  }

  async #reach(to: "paused" | "running", context: { readonly op: string; readonly resource: string }, call: () => Promise<void>) {
    try {
      await call();
      this.#enter(to);
    } catch (error) {
      // What was not notified can have happened all the same.
      await this.#lookAgain();
      if (this.#state !== to) throw error;
    }
    if (this.#state !== to) throw new FailedPreconditionError(`container ${this.id} ended meanwhile`, context);
  }

  /** Takes over what the host says: another client can have paused or resumed it, or a call that was given up came to its end. */
  async #lookAgain(): Promise<void> {
    if (!this.#options.canPause || !this.#isAlive) return;
    const { State } = await this.#options.system.properties().catch((): ContainerProperties => ({ Id: this.id }));
    if (State === "Paused") this.#enter("paused");
    if (State === "Running") this.#enter("running");
  }

  #enter(to: "paused" | "running"): void {
    if (this.#state === to || !this.#isAlive) return;
    this.#become(to);
    this.#options.emit({ kind: to === "paused" ? "paused" : "resumed", id: this.id, at: new Date() });
  }

  get #isAlive(): boolean {
    return this.#state === "running" || this.#state === "paused";
  }

  #mustRun(op: string): void {
    if (this.#isAlive) return;
    throw new FailedPreconditionError(`container ${this.id} is ${this.#state}, not running`, { op, resource: this.id });
  }

  async #createProcess(document: ProcessConfig, signal: AbortSignal | undefined): Promise<ComputeProcess> {
    const { system, deadlines } = this.#options;
    signal?.throwIfAborted();
    return system.createProcess(document, { probeAfter: deadlines.probe, signal });
  }

  #own(id: string, { terminal = false }: ProcessSpec, process: ComputeProcess): OwnedProcess {
    const running = new RunningProcess({ id, containerId: this.id, terminal, process, timeout: this.#options.deadlines.terminate });
    return { running, shown: running.as(this.#exitOf(running)) };
  }

  /** The container ends with its first process. */
  async #exitOf({ id, pid, ended }: RunningProcess): Promise<RuntimeExit> {
    const { exit, errors } = await ended;
    const failures = id === "init" ? await this.end() : [];
    if (id !== "init") this.#forgetExec(id);
    const [error] = [...errors, ...failures];
    const { exitCode, exitedAt } = exit;
    const told: RuntimeExit = error === undefined ? { exitCode, exitedAt } : { exitCode, exitedAt, error };
    if (exit.outOfMemory === true) this.#options.emit({ kind: "oom", id: this.id, at: new Date() });
    this.#options.emit({ kind: "exit", id: this.id, at: exitedAt, processId: id, pid, exit: told });
    return told;
  }

  #processes(): readonly OwnedProcess[] {
    return [...this.#execs.values(), this.#init].filter((process) => process !== undefined);
  }

  async #endExec(execId: string): Promise<void> {
    const owned = this.#execs.get(execId);
    if (owned) return owned.running.terminate();
    if (this.#endedExecs.has(execId)) return;
    throw new NotFoundError(`container ${this.id} has no process ${execId}`, { op: "process.signal", resource: this.id });
  }

  #forgetExec(execId: string): void {
    this.#execs.delete(execId);
    this.#endedExecs.add(execId);
    const [oldest] = this.#endedExecs;
    if (this.#endedExecs.size > rememberedExecs && oldest !== undefined) this.#endedExecs.delete(oldest);
  }

  #abandonUnreadOutput(): void {
    for (const { running } of this.#processes()) running.abandonUnreadOutput();
  }

  #become(state: ContainerState): void {
    this.#state = nextState(this.id, this.#state, state);
  }
}

/** Ends and closes a process that nobody will have. */
async function discard(process: ComputeProcess): Promise<void> {
  await process.terminate().catch(() => undefined);
  await process.close({ abandonOutput: true }).catch(() => undefined);
}
