import { PassThrough } from "node:stream";
import { TERMINATED_EXIT_CODE } from "@oriel/contracts";
import type { FakeProgram } from "./fake-programs.ts";

export interface FakeProcessOptions {
  readonly pid: number;
  readonly program: FakeProgram;
  readonly args: readonly string[];
  readonly document: Readonly<Record<string, unknown>>;
  readonly onExit: (process: FakeProcess) => void;
}

/** A running fake program. */
export class FakeProcess {
  readonly pid: number;
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly #terminated = new AbortController();
  /** Every document of HcsModifyProcess. */
  readonly modifications: unknown[] = [];
  /** Settles when the program has ended. */
  readonly ended: Promise<void>;
  exitCode: number | undefined;
  /** Whether a limit of memory has ended it. */
  outOfMemory = false;

  constructor(options: FakeProcessOptions) {
    this.pid = options.pid;
    const environment = (options.document.Environment ?? {}) as Record<string, string>;
    const workingDirectory = String(options.document.WorkingDirectory ?? "");
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.on("error", () => undefined);
    const { stdin, stdout, stderr } = this;
    this.ended = options
      .program({
        args: options.args,
        environment,
        workingDirectory,
        stdin,
        stdout,
        stderr,
        terminated: this.#terminated.signal,
        outOfMemory: () => {
          this.outOfMemory = true;
        },
      })
      .catch(() => 1)
      .then((code) => {
        this.exitCode = this.#terminated.signal.aborted ? TERMINATED_EXIT_CODE : code;
        // An unread end of input must not keep the pipe: the process is gone.
        stdin.destroy();
        stdout.end();
        stderr.end();
        options.onExit(this);
      });
  }

  get exited(): boolean {
    return this.exitCode !== undefined;
  }

  terminate(): void {
    this.#terminated.abort();
  }
}
