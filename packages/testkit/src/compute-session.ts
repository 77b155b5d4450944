import { text } from "node:stream/consumers";
import { HCS, HcsNotification, type HcsProcess, type HcsSystem, type RawHcs, S_OK } from "@oriel/contracts";
import { expect } from "vitest";

/** Command lines of programs that a container of the fixture can run. */
export interface ContractCommands {
  /** Writes `hello` and a line end to stdout, exits with 0. */
  readonly printHello: string;
  /** Writes `oops` and a line end to stderr, nothing to stdout. */
  readonly printOopsToStderr: string;
  /** Copies stdin to stdout until the end of file, then exits with 0. */
  readonly echoStdin: string;
  /** Runs for at least a minute unless it is ended. */
  readonly runLong: string;
  /** A program that does not exist. */
  readonly missing: string;
  exitWith(code: number): string;
}

export interface RawComputeFixture {
  readonly raw: RawHcs;
  readonly commands: ContractCommands;
  /** A document that HcsCreateComputeSystem accepts, and its id; another one each time. */
  prepare(): Promise<{ readonly id: string; readonly document: Readonly<Record<string, unknown>> }>;
  /** The same for a container with Hyper-V isolation. */
  prepareIsolated(): Promise<{ readonly id: string; readonly document: Readonly<Record<string, unknown>> }>;
  /** Removes what the fixture made. Compute systems are ended by then. */
  dispose(): Promise<void>;
}

interface Received {
  readonly type: number;
  readonly context: bigint;
  readonly status: number;
}

/** Collects notifications and lets a test wait for one. */
export class NotificationLog {
  readonly received: Received[] = [];
  readonly #waiting: { readonly type: number; readonly resolve: (notice: Received) => void }[] = [];

  readonly callback = (type: number, context: bigint, status: number): void => {
    const notice = { type, context, status: status >>> 0 };
    this.received.push(notice);
    for (const waiter of this.#waiting) if (waiter.type === type) waiter.resolve(notice);
  };

  /** The first notification of that type, also if it came already. */
  next(type: number): Promise<Received> {
    const here = this.received.find((notice) => notice.type === type);
    return here ? Promise.resolve(here) : new Promise((resolve) => this.#waiting.push({ type, resolve }));
  }

  types(): number[] {
    return this.received.map((notice) => notice.type);
  }
}

/** What an accepted request answers: done, or to be completed by a notification. */
export const accepted: readonly number[] = [S_OK, HCS.OPERATION_PENDING];
export const stdio = {
  WorkingDirectory: "C:\\",
  CreateStdInPipe: true,
  CreateStdOutPipe: true,
  CreateStdErrPipe: true,
  ConsoleSize: [0, 0],
};

/** A process that a test started, with its streams. */
export type RunningProcess = Awaited<ReturnType<ComputeSession["run"]>>;

/** The compute systems of one test, and its steps that are always the same. */
export class ComputeSession {
  readonly #fixture: RawComputeFixture;
  readonly #opened: { readonly system: HcsSystem; readonly log: NotificationLog }[] = [];

  constructor(fixture: RawComputeFixture) {
    this.#fixture = fixture;
  }

  /** Makes a system and registers for its notifications. */
  async created(prepared = this.#fixture.prepare()) {
    const { id, document } = await prepared;
    const raw = this.#fixture.raw.compute;
    const answer = await raw.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
    expect(accepted).toContain(answer.hresult);
    const log = new NotificationLog();
    const registered = await raw.HcsRegisterComputeSystemCallback(answer.system, log.callback, 77n);
    expect(registered.hresult).toBe(S_OK);
    this.#opened.push({ system: answer.system, log });
    if (answer.hresult === HCS.OPERATION_PENDING) await log.next(HcsNotification.SystemCreateCompleted);
    return { id, document, system: answer.system, log, callback: registered.callbackHandle };
  }

  async started(prepared = this.#fixture.prepare()) {
    const made = await this.created(prepared);
    const answer = await this.#fixture.raw.compute.HcsStartComputeSystem(made.system, "");
    expect(accepted).toContain(answer.hresult);
    if (answer.hresult === HCS.OPERATION_PENDING) await made.log.next(HcsNotification.SystemStartCompleted);
    return made;
  }

  /** A system that the test opened itself: ended with the others. */
  keep(system: HcsSystem): void {
    this.#opened.push({ system, log: new NotificationLog() });
  }

  async run(system: HcsSystem, commandLine: string, more: Readonly<Record<string, unknown>> = {}) {
    const { compute: raw, win32 } = this.#fixture.raw;
    const answer = await raw.HcsCreateProcess(system, JSON.stringify({ ...stdio, CommandLine: commandLine, ...more }));
    expect(answer.hresult).toBe(S_OK);
    const log = new NotificationLog();
    const registered = await raw.HcsRegisterProcessCallback(answer.process, log.callback, 5n);
    const { stdInput, stdOutput, stdError } = answer.information;
    const stdin = stdInput === 0n ? undefined : win32.openPipeWriter(stdInput);
    stdin?.on("error", () => undefined);
    return {
      pid: answer.information.processId,
      process: answer.process,
      callback: registered.callbackHandle,
      log,
      stdin,
      stdout: stdOutput === 0n ? undefined : win32.openPipeReader(stdOutput),
      stderr: stdError === 0n ? undefined : win32.openPipeReader(stdError),
    };
  }

  async finish(running: RunningProcess) {
    const raw = this.#fixture.raw.compute;
    const [out, err] = await Promise.all([
      running.stdout ? text(running.stdout) : "",
      running.stderr ? text(running.stderr) : "",
      running.log.next(HcsNotification.ProcessExited),
    ]);
    const status = await this.statusOf(running.process);
    running.stdin?.destroy();
    await raw.HcsUnregisterProcessCallback(running.callback);
    expect((await raw.HcsCloseProcess(running.process)).hresult).toBe(S_OK);
    return { out, err, status };
  }

  async statusOf(process: HcsProcess) {
    const answer = await this.#fixture.raw.compute.HcsGetProcessProperties(process);
    expect(answer.hresult).toBe(S_OK);
    return JSON.parse(answer.processProperties ?? "") as { ProcessId: number; Exited: boolean; ExitCode: number; LastWaitResult: number };
  }

  /** What a system says of itself, with the properties that are asked for. */
  async properties<Properties extends { readonly State: string }>(system: HcsSystem, ...PropertyTypes: string[]): Promise<Properties> {
    const answer = await this.#fixture.raw.compute.HcsGetComputeSystemProperties(system, JSON.stringify({ PropertyTypes }));
    expect(answer.hresult).toBe(S_OK);
    return JSON.parse(answer.properties ?? "");
  }

  /** Terminates what runs and closes all handles. */
  async end(): Promise<void> {
    const raw = this.#fixture.raw.compute;
    for (const { system, log } of this.#opened) {
      const { hresult } = await raw.HcsTerminateComputeSystem(system, "");
      if (accepted.includes(hresult) && log.received.length > 0) await log.next(HcsNotification.SystemExited);
      await raw.HcsCloseComputeSystem(system);
    }
  }
}
