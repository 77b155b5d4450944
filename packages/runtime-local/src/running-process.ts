import type { Readable, Writable } from "node:stream";
import {
  DeadlineExceededError,
  FailedPreconditionError,
  InternalError,
  type OrielError,
  type RuntimeExit,
  type RuntimeProcess,
  toOrielError,
  withDeadline,
} from "@oriel/contracts";
import { type ComputeProcess, type ProcessExit, UNKNOWN_EXIT_CODE } from "@oriel/hcs-bindings";

export interface RunningProcessOptions {
  /** `init`, or the exec id. */
  readonly id: string;
  readonly containerId: string;
  readonly terminal: boolean;
  readonly process: ComputeProcess;
  /** Milliseconds that closing its handle may take; it is closed later where a call still uses it then. */
  readonly timeout: number;
}

/** The end of a process whose handle is closed. */
export interface EndedProcess {
  readonly exit: ProcessExit;
  /** What went wrong in waiting for it and closing it. */
  readonly errors: readonly OrielError[];
}

/**
 * A process of a container that the runtime waits for and closes. It knows nothing of the container, which owns it, waits for `ended`,
 * and shows it to others by `as`.
 */
export class RunningProcess {
  readonly id: string;
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable | null;
  /** Resolves when the process has ended and its handle is closed, or when that was given up; never rejects. */
  readonly ended: Promise<EndedProcess>;
  readonly #options: RunningProcessOptions;
  readonly #closed: Promise<EndedProcess>;
  #giveUp: (error: OrielError) => void = () => undefined;

  /** Waiting for the exit begins here, so that no failure afterwards can leave the process behind. */
  constructor(options: RunningProcessOptions) {
    const { process, containerId } = options;
    if (!process.stdin || !process.stdout) {
      throw new InternalError(`process ${process.pid} in container ${containerId} was made without its pipes`, {
        op: "process.create",
        resource: containerId,
      });
    }
    this.#options = options;
    this.id = options.id;
    this.pid = process.pid;
    this.stdin = process.stdin;
    this.stdout = process.stdout;
    this.stderr = process.stderr;
    const givenUp = new Promise<EndedProcess>((resolve) => {
      this.#giveUp = (error) => resolve({ exit: { exitCode: UNKNOWN_EXIT_CODE, exitedAt: new Date() }, errors: [error] });
    });
    this.#closed = this.#closeAfterExit();
    this.ended = Promise.race([this.#closed, givenUp]);
  }

  /** The process as users of the runtime have it. @param exit what its owner reports of its end */
  as(exit: Promise<RuntimeExit>): RuntimeProcess {
    const { id, pid, stdin, stdout, stderr } = this;
    const closeStdin = () => this.#options.process.closeStdin();
    return { id, pid, stdin, stdout, stderr, exit, closeStdin, resize: (size) => this.#resize(size) };
  }

  async #resize(size: { readonly height: number; readonly width: number }): Promise<void> {
    const { terminal, containerId, process } = this.#options;
    if (!terminal) {
      throw new FailedPreconditionError(`process ${this.id} of container ${containerId} has no terminal to resize`, {
        op: "process.resize",
        resource: containerId,
      });
    }
    await process.resize(size);
  }

  /**
   * Ends the process; one that has ended is no error.
   * @throws HcsError; DeadlineExceededError, also when it was said to be ending already but does not
   */
  async terminate(): Promise<void> {
    const { process, containerId, timeout } = this.#options;
    if (await process.terminate()) return;
    const op = "process.terminate";
    const error = () =>
      new DeadlineExceededError(`process ${this.id} of container ${containerId} could not be terminated, and does not end`, {
        op,
        resource: containerId,
      });
    await withDeadline(process.exit, { ms: timeout, error, op });
  }

  /** Closes output that nobody reads: a stream that was never read does not end, and keeps its pipe. */
  abandonUnreadOutput(): void {
    for (const stream of [this.stdout, this.stderr]) {
      if (stream && stream.readableFlowing === null && stream.listenerCount("readable") === 0) stream.destroy();
    }
  }

  /**
   * Waits until the process has ended and its handle is closed. After `ms` milliseconds the handle is closed whether it
   * has ended or not, and `ended` resolves without an exit code. Never rejects.
   */
  async closeWithin(ms: number): Promise<void> {
    const { process, containerId } = this.#options;
    const op = "process.wait";
    const error = () =>
      new DeadlineExceededError(`process ${this.id} of container ${containerId} did not end within ${ms / 1000} s`, {
        op,
        resource: containerId,
      });
    try {
      await withDeadline(this.#closed, { ms, error, op });
    } catch (failure) {
      void process.close().catch(() => undefined);
      this.#giveUp(toOrielError(failure, op, containerId));
    }
  }

  async #closeAfterExit(): Promise<EndedProcess> {
    const { process, containerId, timeout } = this.#options;
    const exit = await process.exit;
    const errors: OrielError[] = exit.error ? [exit.error] : [];
    const op = "process.close";
    const error = () =>
      new DeadlineExceededError(`process ${this.id} of container ${containerId} has ended, but a call still uses its handle`, {
        op,
        resource: containerId,
      });
    await withDeadline(process.close(), { ms: timeout, error, op }).catch((failure: unknown) => {
      errors.push(toOrielError(failure, op, containerId));
    });
    return { exit, errors };
  }
}
