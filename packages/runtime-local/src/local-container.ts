import {
  AlreadyExistsError,
  FailedPreconditionError,
  type Logger,
  NotFoundError,
  type OrielError,
  type ProcessSpec,
  type RuntimeProcess,
  toOrielError,
} from "@oriel/core";
import type { ComputeProcess, ComputeSystem, ProcessConfig } from "@oriel/hcs-bindings";
import { type ContainerState, nextState } from "./container-state.ts";
import { type EndDeadlines, endSystem } from "./end-system.ts";
import { processDocument } from "./process-document.ts";
import { RunningProcess } from "./running-process.ts";

/** Ended exec ids that are remembered, so that a signal that comes late is no error. */
const rememberedExecs = 1000;

export interface LocalContainerOptions {
  readonly system: ComputeSystem;
  /** The spec's first process. */
  readonly process: ProcessSpec;
  readonly deadlines: EndDeadlines;
  readonly logger: Logger;
  /** Called when the first process runs. */
  readonly onStarted: (pid: number) => void;
  /** Called once, when the compute system is gone and closed. */
  readonly onGone: () => void;
}

/** A container with a compute system, from its start to its end. */
export class LocalContainer {
  readonly id: string;
  readonly #options: LocalContainerOptions;
  readonly #execs = new Map<string, RunningProcess | undefined>();
  readonly #endedExecs = new Set<string>();
  #state: ContainerState = "created";
  #init: RunningProcess | undefined;
  /** What was asked of the compute system already. */
  #asked: "shutdown" | "terminate" | undefined;
  #ending: Promise<readonly OrielError[]> | undefined;

  constructor(options: LocalContainerOptions) {
    this.id = options.system.id;
    this.#options = options;
  }

  get state(): ContainerState {
    return this.#state;
  }

  get init(): RuntimeProcess | undefined {
    return this.#init;
  }

  /** Runs the first process. When that fails the compute system is ended before the error is thrown. */
  async start(document: ProcessConfig): Promise<RuntimeProcess> {
    if (this.#state !== "created") {
      throw new FailedPreconditionError(`container ${this.id} is ${this.#state}; it can be started once`, {
        op: "container.start",
        resource: this.id,
      });
    }
    this.#become("starting");
    try {
      return await this.takeInit(await this.#createProcess(document));
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** Makes `process` the first process of a container that was just started or found again. */
  async takeInit(process: ComputeProcess): Promise<RuntimeProcess> {
    const { process: spec, onStarted } = this.#options;
    if (this.#state === "created") this.#become("starting");
    if (this.#state !== "starting") {
      await discard(process);
      throw new FailedPreconditionError(`container ${this.id} was ended while it started`, { op: "container.start", resource: this.id });
    }
    this.#init = await this.#running("init", spec, process, () => this.end());
    this.#become("running");
    onStarted(process.pid);
    return this.#init;
  }

  /** Runs a further process. */
  async exec(execId: string, spec: ProcessSpec): Promise<RuntimeProcess> {
    const context = { op: "process.exec", resource: this.id };
    if (this.#state !== "running") {
      throw new FailedPreconditionError(`container ${this.id} is ${this.#state}, not running`, context);
    }
    if (execId === "init" || this.#execs.has(execId)) {
      throw new AlreadyExistsError(`exec id ${execId} is in use in container ${this.id}`, context);
    }
    const document = processDocument(spec, this.#options.process.cwd);
    this.#execs.set(execId, undefined);
    try {
      const process = await this.#createProcess(document);
      const running = await this.#running(execId, spec, process, async () => {
        this.#forgetExec(execId);
        return [];
      });
      this.#execs.set(execId, running);
      return running;
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
    if (kill) await system.terminate();
    else await system.shutdown();
    this.#asked = kill ? "terminate" : (this.#asked ?? "shutdown");
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
    const { system } = this.#options;
    const errors: OrielError[] = [];
    if (this.#ending) await system.terminate().catch((error: unknown) => errors.push(toOrielError(error, "container.delete", this.id)));
    errors.push(...(await this.end("terminate")));
    await this.#init?.exit;
    this.#abandonUnreadOutput();
    return errors;
  }

  async #end(how: "shutdown" | "terminate"): Promise<readonly OrielError[]> {
    this.#become("stopping");
    const { system, deadlines, logger, onGone } = this.#options;
    const first = this.#asked && how !== "terminate" ? "wait" : how;
    const { gone, errors } = await endSystem(system, { deadlines, logger, first });
    const failures = [...errors];
    // The end of the first process is to be the last that is heard of a container, and a system is closed after its processes.
    const patience = gone ? deadlines.terminate : 0;
    await Promise.all(this.#processes().map((running) => running.closeWithin(patience)));
    await system.close().catch((error: unknown) => failures.push(toOrielError(error, "container.close", this.id)));
    this.#become("stopped");
    if (gone) onGone();
    return failures;
  }

  #createProcess(document: ProcessConfig): Promise<ComputeProcess> {
    const { system, deadlines } = this.#options;
    return system.createProcess(document, { probeAfter: deadlines.probe });
  }

  async #running(
    id: string,
    spec: ProcessSpec,
    process: ComputeProcess,
    afterExit: () => Promise<readonly OrielError[]>,
  ): Promise<RunningProcess> {
    try {
      return new RunningProcess({ id, containerId: this.id, terminal: spec.terminal === true, process, afterExit });
    } catch (error) {
      await discard(process);
      throw error;
    }
  }

  #processes(): readonly RunningProcess[] {
    return [...this.#execs.values(), this.#init].filter((running) => running !== undefined);
  }

  async #endExec(execId: string): Promise<void> {
    const running = this.#execs.get(execId);
    if (running) return running.terminate();
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
    for (const running of this.#processes()) running.abandonUnreadOutput();
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
