import type { Logger, RuntimeProcess } from "@oriel/core";
import { ContainerInput } from "./container-input.ts";
import { isRunning } from "./container-state.ts";
import type { ContainerData } from "./container-store.ts";
import type { Exec } from "./exec.ts";
import { ExitWaiters } from "./exit-waiters.ts";
import { Mutex } from "./mutex.ts";
import { OutputHub } from "./output-hub.ts";

/** A container's process and what goes on around it, from the start until its exit is recorded. */
export interface ContainerRun {
  readonly process: RuntimeProcess;
  /** Settles once the exit is recorded; never rejects. */
  readonly recorded: Promise<void>;
}

/** A container as the engine holds it: its row, and what lives only as long as this process. */
export class Container {
  /** Start, exit and removal of one container exclude each other; nothing is locked across containers. */
  readonly lock = new Mutex();
  /** Pausing and unpausing exclude each other, and nothing else. */
  readonly pausing = new Mutex();
  readonly output: OutputHub;
  readonly input = new ContainerInput();
  readonly waiters = new ExitWaiters();
  /** Its further processes by id; those that have ended are kept for a while. */
  readonly execs = new Map<string, Exec>();
  /** Replaced, never changed, and only by the registry. */
  data: ContainerData;
  run: ContainerRun | undefined;
  /** The scratch is mounted by us, so one unmount is owed. */
  isMounted = false;
  /** The removal on its way: whoever else wants it gone waits for the same one. */
  removal: Promise<void> | undefined;
  /** It is stopped only to be started again. */
  isRestarting = false;
  /** Aborting it gives up the restart that is waiting for its time. */
  pendingRestart: AbortController | undefined;
  /** Milliseconds to wait before the next restart by policy. */
  restartDelay = 0;

  constructor(data: ContainerData, logger: Logger) {
    this.data = data;
    this.output = new OutputHub(logger);
  }

  get id(): string {
    return this.data.id;
  }

  get isRunning(): boolean {
    return isRunning(this.data.status);
  }
}
