import { KeyedQueue, type Logger, type OrielError, type RuntimeProcess, SerialQueue } from "@oriel/contracts";
import type { Exec } from "../execs/exec.ts";
import { ContainerInput } from "../io/container-input.ts";
import { OutputHub } from "../io/output-hub.ts";
import { LogBlocks } from "../logs/log-blocks.ts";
import { isRunning } from "./container-state.ts";
import type { ContainerData } from "./container-store.ts";
import { ExitWaiters } from "./exit-waiters.ts";

/** A start on its way. */
export interface ContainerStart {
  /** Resolves when the process runs. Rejects with why it does not. */
  readonly result: Promise<void>;
  /** Gives the start up, for `reason`. */
  abort(reason: OrielError): void;
}

/** A container's process and what goes on around it, from the start until its exit is recorded. */
export interface ContainerRun {
  readonly process: RuntimeProcess;
  /** Aborts when the process has ended. */
  readonly ended: AbortSignal;
  /** Settles once the exit is recorded; never rejects. */
  readonly recorded: Promise<void>;
}

/**
 * A container as the engine holds it: its row, and what lives only as long as this process.
 *
 * No lock is held while the host is asked for anything. What excludes what follows from the fields `attempt`, `run`,
 * `removal`, `cleanup` and `readers`, which are looked at and set between two awaits.
 */
export class Container {
  /** Pausing and unpausing exclude each other, and nothing else. */
  readonly pausing = new SerialQueue();
  /** Changes of its connection to one network exclude each other, and nothing else. */
  readonly connecting = new KeyedQueue();
  readonly output: OutputHub;
  readonly logBlocks = new LogBlocks();
  readonly input = new ContainerInput();
  readonly waiters = new ExitWaiters();
  /** Its further processes by id; those that have ended are kept for a while. */
  readonly execs = new Map<string, Exec>();
  /** Replaced, never changed, and only by the registry. */
  data: ContainerData;
  /** The start on its way. */
  attempt: ContainerStart | undefined;
  run: ContainerRun | undefined;
  /** The removal on its way: whoever else wants it gone waits for the same one. */
  removal: Promise<void> | undefined;
  /** Undoes what a start or a run that is over has left on the host. A start or a removal waits for it; never rejects. */
  cleanup: Promise<void> | undefined;
  /** Those who read its files. A start or a removal waits for them. */
  readonly readers = new Set<Promise<unknown>>();
  /** What the host was asked for last on the container's behalf, for messages about what hangs. */
  step = "";
  /** The scratch is mounted by us, so one unmount is owed. */
  isMounted = false;
  /** The user restarts it: it is stopped only to be started again. */
  isManualRestart = false;
  /** Aborting it gives up the restart that is waiting for its time. */
  pendingRestart: AbortController | undefined;
  /**
   * Its last start failed while the disk was full. What frees space may come in the midst of a start, so the next failure is not
   * the last.
   */
  wasShortOfSpace = false;
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

  /** Begins a cleanup: `work` never rejects. */
  cleanUp(work: Promise<void>): Promise<void> {
    const cleanup = work.then(() => {
      if (this.cleanup !== cleanup) return;
      this.cleanup = undefined;
      this.step = "";
    });
    this.cleanup = cleanup;
    return cleanup;
  }
}
