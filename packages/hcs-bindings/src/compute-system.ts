import {
  goneHresults,
  HCS,
  type HcsAnswer,
  HcsNotification,
  type HcsProcess,
  type HcsProcessInformation,
  type HcsSystem,
  hresultFailed,
  type RawHcs,
  withDeadline,
} from "@oriel/contracts";
import {
  type CallContext,
  checkAnswer,
  type HcsTimeouts,
  isPending,
  notificationOverdue,
  type OperationOptions,
  parseAnswer,
} from "./call.ts";
import { adoptProcess, type ComputeProcess } from "./compute-process.ts";
import type { HcsError } from "./hcs-error.ts";
import { watchOwner } from "./live-handles.ts";
import { awaitCompletion, closedWhileWaiting, type NotificationHub, noticeError, serviceDisconnected } from "./notification-hub.ts";
import type { OwnedHandle } from "./owned-handle.ts";
import type { ContainerProperties } from "./schema/container-properties.ts";
import type { ProcessConfig } from "./schema/process-config.ts";
import type { ModifySystem, PropertyQuery } from "./schema/requests.ts";

/** How a compute system ended. */
export interface SystemExit {
  readonly exitedAt: Date;
  /** Set when it did not end by a shutdown or termination. */
  readonly error?: HcsError;
}

export interface ProcessOptions extends OperationOptions {
  /** Milliseconds that the notification of the exit has after a first sign of it, before the process is looked at. @default 1000 */
  readonly probeAfter?: number;
}

export interface ComputeSystemParts {
  readonly raw: RawHcs;
  readonly id: string;
  readonly timeouts: HcsTimeouts;
  readonly owned: OwnedHandle<HcsSystem>;
  readonly hub: NotificationHub;
}

/**
 * A compute system (a container or its utility VM) by an open handle. Made by `createComputeSystem` and
 * `openComputeSystem`; whoever has it closes it. Closing it does not stop the system.
 */
export class ComputeSystem implements AsyncDisposable {
  readonly id: string;
  readonly #raw: RawHcs;
  readonly #timeouts: HcsTimeouts;
  readonly #owned: OwnedHandle<HcsSystem>;
  readonly #hub: NotificationHub;

  constructor(parts: ComputeSystemParts) {
    this.id = parts.id;
    this.#raw = parts.raw;
    this.#timeouts = parts.timeouts;
    this.#owned = parts.owned;
    this.#hub = parts.hub;
    watchOwner(this, parts.owned);
  }

  /** Whether its end was notified. */
  get exited(): boolean {
    return this.#hub.has(HcsNotification.SystemExited);
  }

  /** @throws HcsError; DeadlineExceededError */
  start(options: OperationOptions = {}): Promise<void> {
    return this.#complete("hcs::System::Start", HcsNotification.SystemStartCompleted, options, (handle) =>
      this.#raw.compute.HcsStartComputeSystem(handle, ""),
    );
  }

  /** Hyper-V isolation only. @throws HcsError; DeadlineExceededError */
  pause(options: OperationOptions = {}): Promise<void> {
    return this.#complete("hcs::System::Pause", HcsNotification.SystemPauseCompleted, options, (handle) =>
      this.#raw.compute.HcsPauseComputeSystem(handle, ""),
    );
  }

  /** @throws HcsError; DeadlineExceededError */
  resume(options: OperationOptions = {}): Promise<void> {
    return this.#complete("hcs::System::Resume", HcsNotification.SystemResumeCompleted, options, (handle) =>
      this.#raw.compute.HcsResumeComputeSystem(handle, ""),
    );
  }

  /** Asks the system to end; `waitExit` says when it has. One that has ended is no error. @throws HcsError; DeadlineExceededError */
  shutdown(options: OperationOptions = {}): Promise<void> {
    return this.#end("hcs::System::Shutdown", options, (handle) => this.#raw.compute.HcsShutdownComputeSystem(handle, ""));
  }

  /** Ends the system at once; `waitExit` says when it has. One that has ended is no error. @throws HcsError; DeadlineExceededError */
  terminate(options: OperationOptions = {}): Promise<void> {
    return this.#end("hcs::System::Terminate", options, (handle) => this.#raw.compute.HcsTerminateComputeSystem(handle, ""));
  }

  /** @throws HcsError; DeadlineExceededError; InternalError for an answer that is no JSON */
  async properties(query: PropertyQuery = {}, options: OperationOptions = {}): Promise<ContainerProperties> {
    const context = this.#context("hcs::System::Properties", options);
    const answer = await this.#owned.call(context, (handle) =>
      this.#raw.compute.HcsGetComputeSystemProperties(handle, JSON.stringify(query)),
    );
    checkAnswer(answer, context);
    return parseAnswer<ContainerProperties>(answer.properties, context);
  }

  /** @throws HcsError; DeadlineExceededError */
  async modify(document: ModifySystem, options: OperationOptions = {}): Promise<void> {
    const context = this.#context("hcs::System::Modify", options);
    const answer = await this.#owned.call(context, (handle) => this.#raw.compute.HcsModifyComputeSystem(handle, JSON.stringify(document)));
    checkAnswer(answer, context);
  }

  /**
   * Runs a program.
   * @throws HcsError, NotFound for a program that does not exist, with its command line in the message; DeadlineExceededError
   */
  async createProcess(config: ProcessConfig, options: ProcessOptions = {}): Promise<ComputeProcess> {
    const context = {
      ...this.#context("hcs::System::CreateProcess", options),
      detail: config.CommandLine ?? config.CommandArgs?.join(" "),
    };
    const answer = await this.#owned.call(
      context,
      (handle) => this.#raw.compute.HcsCreateProcess(handle, JSON.stringify(config)),
      (late) => this.#discard(late),
    );
    checkAnswer(answer, context);
    return this.#adopt(answer.process, answer.information, options);
  }

  /**
   * Takes hold of a process that runs already, with new ends of its pipes as far as the service gives them out.
   * @throws HcsError, NotFound for a pid that is not there; DeadlineExceededError
   */
  async openProcess(pid: number, options: ProcessOptions = {}): Promise<ComputeProcess> {
    const context = { ...this.#context("hcs::System::OpenProcess", options), detail: `pid ${pid}` };
    const close = async (handle: HcsProcess) => {
      if (handle !== 0n) await this.#raw.compute.HcsCloseProcess(handle);
    };
    const opened = await this.#owned.call(
      context,
      (handle) => this.#raw.compute.HcsOpenProcess(handle, pid),
      (late) => close(late.process),
    );
    checkAnswer(opened, context);
    const answer = await this.#owned.call(
      context,
      () => this.#raw.compute.HcsGetProcessInfo(opened.process),
      async (late) => {
        if (!hresultFailed(late.hresult)) await this.#closePipes(late.information);
        await close(opened.process);
      },
    );
    try {
      checkAnswer(answer, context);
    } catch (error) {
      await close(opened.process);
      throw error;
    }
    return this.#adopt(opened.process, { ...answer.information, processId: pid }, options);
  }

  /**
   * Waits for the end of the system.
   * @param options.ms Milliseconds to wait. @default Infinity
   * @throws DeadlineExceededError; UnavailableError when the service went away; FailedPreconditionError when closed meanwhile
   */
  async waitExit(options: OperationOptions & { readonly ms?: number } = {}): Promise<SystemExit> {
    const base = this.#context("hcs::System::Wait", options);
    const ms = options.ms ?? Number.POSITIVE_INFINITY;
    const context: CallContext = { ...base, timeouts: { ...base.timeouts, notification: ms } };
    const waiting = this.#hub.next(HcsNotification.SystemExited, HcsNotification.ServiceDisconnect);
    const notice = await withDeadline(waiting.notice, {
      ms,
      error: () => notificationOverdue(context),
      signal: options.signal,
      op: context.op,
    }).finally(() => waiting.cancel());
    if (!notice) throw closedWhileWaiting(context);
    if (notice.type === HcsNotification.ServiceDisconnect) throw serviceDisconnected(context);
    const exitedAt = new Date();
    return hresultFailed(notice.status) ? { exitedAt, error: noticeError(notice, context) } : { exitedAt };
  }

  /**
   * Closes the handle; no notification comes any more. Safe to call again. Close its processes first.
   * @throws HcsError or DeadlineExceededError of the close; the system is not affected
   */
  close(): Promise<void> {
    return this.#owned.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #adopt(handle: HcsProcess, information: HcsProcessInformation, options: ProcessOptions): Promise<ComputeProcess> {
    const { process, suspectExit } = await adoptProcess({
      raw: this.#raw,
      systemId: this.id,
      handle,
      information,
      timeouts: this.#timeouts,
      signal: options.signal,
      probeAfter: options.probeAfter,
    });
    // The end of the system is the end of its processes, even if their own notifications are lost.
    const ending = this.#hub.next(HcsNotification.SystemExited);
    void ending.notice.then((notice) => notice && suspectExit());
    void process.exit.then(() => ending.cancel());
    return process;
  }

  /** Undoes a process whose creation was answered when nobody waited for it any more. */
  async #discard(late: HcsAnswer & { readonly information: HcsProcessInformation; readonly process: HcsProcess }): Promise<void> {
    if (hresultFailed(late.hresult) || late.process === 0n) return;
    await this.#raw.compute.HcsTerminateProcess(late.process);
    await this.#closePipes(late.information);
    await this.#raw.compute.HcsCloseProcess(late.process);
  }

  async #closePipes(information: HcsProcessInformation): Promise<void> {
    for (const pipe of [information.stdInput, information.stdOutput, information.stdError]) {
      if (pipe !== 0n) await this.#raw.win32.CloseHandle(pipe);
    }
  }

  async #complete(
    op: string,
    completion: number,
    options: OperationOptions,
    call: (handle: HcsSystem) => Promise<HcsAnswer>,
  ): Promise<void> {
    const context = this.#context(op, options);
    this.#hub.forget(completion);
    const answer = await this.#owned.call(context, call);
    checkAnswer(answer, context);
    if (isPending(answer)) await awaitCompletion(this.#hub, completion, context);
  }

  async #end(op: string, options: OperationOptions, call: (handle: HcsSystem) => Promise<HcsAnswer>): Promise<void> {
    if (this.exited) return;
    const context = this.#context(op, options);
    const answer = await this.#owned.call(context, call);
    checkAnswer(answer, context, endedCodes);
  }

  #context(op: string, options: OperationOptions): CallContext {
    return { op, resource: this.id, timeouts: this.#timeouts, signal: options.signal };
  }
}

const endedCodes = [...goneHresults, HCS.TERMINATED];
