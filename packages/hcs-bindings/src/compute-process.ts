import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import {
  FailedPreconditionError,
  goneHresults,
  HCS,
  type HcsAnswer,
  type HcsProcess,
  type HcsProcessInformation,
  hresultFromWin32,
  type PipeHandle,
  type RawHcs,
  S_OK,
  toOrielError,
  WIN32,
} from "@oriel/contracts";
import { type CallContext, checkAnswer, type HcsTimeouts, type OperationOptions, parseAnswer } from "./call.ts";
import { trackHandle, watchOwner } from "./live-handles.ts";
import { notifiedHandle } from "./notified-handle.ts";
import type { OwnedHandle } from "./owned-handle.ts";
import { type ProcessExit, ProcessExitWatch } from "./process-exit.ts";
import type { ProcessStatus } from "./schema/process-status.ts";
import type { ModifyProcess, SignalProcess } from "./schema/requests.ts";
import { withSecondHandle } from "./second-handle.ts";

/** Access is denied when a process is just ending, as hcsshim found. */
const endedCodes = [...goneHresults, HCS.INVALID_STATE, hresultFromWin32(WIN32.ACCESS_DENIED)];

/** After a sign that a process has ended, its notification has this long, in milliseconds, before the process is looked at. */
const defaultProbeAfter = 1000;

export interface AdoptProcessOptions extends OperationOptions {
  readonly raw: RawHcs;
  /** The container's id. */
  readonly systemId: string;
  readonly handle: HcsProcess;
  readonly information: HcsProcessInformation;
  readonly timeouts: HcsTimeouts;
  readonly probeAfter?: number | undefined;
}

/**
 * A process in a compute system. Made by `ComputeSystem.createProcess` and `openProcess`; whoever has it closes it.
 * Closing it does not end the process.
 */
export class ComputeProcess implements AsyncDisposable {
  readonly #raw: RawHcs;
  readonly #systemId: string;
  readonly #timeouts: HcsTimeouts;
  readonly #owned: OwnedHandle<HcsProcess>;
  readonly #watch: ProcessExitWatch;
  #killed = false;
  readonly pid: number;
  /** null when the process was made without it. Ending it is not enough for the process to see end of file: `closeStdin`. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;

  /** Use {@link adoptProcess}. */
  constructor(options: AdoptProcessOptions, owned: OwnedHandle<HcsProcess>, watch: ProcessExitWatch, pipes: Pipes) {
    this.#raw = options.raw;
    this.#systemId = options.systemId;
    this.#timeouts = options.timeouts;
    this.#owned = owned;
    this.#watch = watch;
    this.pid = options.information.processId;
    this.stdin = pipes.stdin;
    this.stdout = pipes.stdout;
    this.stderr = pipes.stderr;
    watchOwner(this, owned);
  }

  /** Settles once, when the process has ended; never rejects. */
  get exit(): Promise<ProcessExit> {
    return this.#watch.exit;
  }

  /**
   * Ends the input: what was written is delivered first, then the process sees end of file. Takes as long as the
   * process takes to read. A process that has ended is no error.
   */
  async closeStdin(options: OperationOptions = {}): Promise<void> {
    if (this.stdin && !this.stdin.destroyed) {
      this.stdin.end();
      // A process that ends without reading never empties its pipe.
      await Promise.race([finished(this.stdin, { readable: false, signal: options.signal }).catch(nothing), this.exit]);
    }
    if (this.#watch.settled || this.#owned.closed) return;
    const notRead = [hresultFromWin32(WIN32.NOT_FOUND), hresultFromWin32(WIN32.INVALID_HANDLE)];
    await this.#modify("hcs::Process::CloseStdin", { Operation: "CloseHandle", CloseHandle: { Handle: "StdIn" } }, options, [
      ...endedCodes,
      ...notRead,
    ]);
  }

  /** Sets the size of the console, in characters. A process that has ended is no error. */
  async resize(size: { readonly height: number; readonly width: number }, options: OperationOptions = {}): Promise<void> {
    if (this.#watch.settled) return;
    const document: ModifyProcess = { Operation: "ConsoleSize", ConsoleSize: { Height: size.height, Width: size.width } };
    await this.#modify("hcs::Process::ResizeConsole", document, options, goneHresults);
  }

  /** Sends a console event. Answers whether there was a process to receive it. */
  signal(signal: SignalProcess["Signal"], options: OperationOptions = {}): Promise<boolean> {
    const document: SignalProcess = { Signal: signal };
    const context = this.#context("hcs::Process::Signal", options);
    return this.#end(context, () =>
      this.#owned.call(context, (handle) => this.#raw.compute.HcsSignalProcess(handle, JSON.stringify(document))),
    );
  }

  /**
   * Ends the process at once, also while a signal hangs: the service is asked through handles of their own. Answers whether it was
   * still there; once that was delivered, the service is not asked again.
   */
  terminate(options: OperationOptions = {}): Promise<boolean> {
    const context = this.#context("hcs::Process::Kill", options);
    return this.#end(context, async () => {
      if (this.#killed) return { hresult: S_OK, result: null };
      const terminate = (handle: HcsProcess) => this.#raw.compute.HcsTerminateProcess(handle);
      const apart = await withSecondHandle(this.#raw, { systemId: this.#systemId, pid: this.pid }, context, terminate);
      const answer = apart.opened ? apart.answer : await this.#owned.call(context, terminate);
      this.#killed ||= answer.hresult === S_OK;
      return answer;
    });
  }

  /** What the service says of the process now. */
  status(options: OperationOptions = {}): Promise<ProcessStatus> {
    return readStatus(this.#raw, this.#owned, this.#context("hcs::Process::Properties", options));
  }

  /**
   * Closes the handle and the input. The output goes on to its end for whoever reads it, unless `abandonOutput`.
   * Safe to call again.
   * @throws HcsError or DeadlineExceededError of the close; the process is not affected
   */
  async close(options: { readonly abandonOutput?: boolean } = {}): Promise<void> {
    await Promise.all([this.stdin, ...(options.abandonOutput ? [this.stdout, this.stderr] : [])].map(closeStream));
    await this.#owned.close();
  }

  /** Closes everything, the output too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ abandonOutput: true });
  }

  async #modify(op: string, document: ModifyProcess, options: OperationOptions, accepted: readonly number[]): Promise<void> {
    const context = this.#context(op, options);
    const answer = await this.#owned.call(context, (handle) => this.#raw.compute.HcsModifyProcess(handle, JSON.stringify(document)));
    checkAnswer(answer, context, accepted);
  }

  async #end(context: CallContext, call: () => Promise<HcsAnswer>): Promise<boolean> {
    if (this.#watch.settled) return false;
    if (this.#owned.closed) {
      throw new FailedPreconditionError(`${context.op}: the handle of ${this.#owned.handle.label} has been closed`, { op: context.op });
    }
    const answer = await call();
    checkAnswer(answer, context, endedCodes);
    this.#watch.suspect();
    return answer.hresult >>> 31 === 0;
  }

  #context(op: string, options: OperationOptions): CallContext {
    return { ...processContext(this.#systemId, this.pid, this.#timeouts), op, signal: options.signal };
  }
}

interface Pipes {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/**
 * Takes over a process handle and its pipes: streams are opened, the callback registered, the watch for exit begun.
 * When that fails everything is closed and the process, which nobody could reach any more, is terminated.
 */
export async function adoptProcess(options: AdoptProcessOptions): Promise<{ process: ComputeProcess; suspectExit: () => void }> {
  const { raw, systemId, handle, information, timeouts } = options;
  const context: CallContext = {
    ...processContext(systemId, information.processId, timeouts),
    op: "hcs::Process::RegisterCallback",
    signal: options.signal,
  };
  const { compute } = raw;
  const held = notifiedHandle(
    handle,
    { kind: "process", label: `${systemId} pid ${information.processId}` },
    {
      register: (value, callback, number) => compute.HcsRegisterProcessCallback(value, callback, number),
      unregister: (callback) => compute.HcsUnregisterProcessCallback(callback),
      close: (value) => compute.HcsCloseProcess(value),
    },
    { ...context, signal: undefined, op: "hcs::Process::Close" },
  );
  const { owned, hub } = held;

  let pipes: Pipes | undefined;
  try {
    pipes = openPipes(raw, systemId, information);
    await held.register(context);
  } catch (error) {
    const ending = { ...context, signal: undefined, op: "hcs::Process::Kill" };
    await owned.call(ending, (value) => raw.compute.HcsTerminateProcess(value)).catch(nothing);
    await Promise.all(pipes ? [pipes.stdin, pipes.stdout, pipes.stderr].map(closeStream) : []);
    await owned.close().catch(nothing);
    throw toOrielError(error, context.op, systemId);
  }

  const statusContext: CallContext = { ...context, signal: undefined, op: "hcs::Process::Properties" };
  const watch = new ProcessExitWatch({
    hub,
    context: { ...statusContext, op: "hcs::Process::Wait" },
    readStatus: () => readStatus(raw, owned, statusContext),
    probeAfter: options.probeAfter ?? defaultProbeAfter,
  });
  const suspectExit = () => watch.suspect();
  pipes.stdout?.once("end", suspectExit);
  return { process: new ComputeProcess(options, owned, watch, pipes), suspectExit };
}

function openPipes(raw: RawHcs, systemId: string, information: HcsProcessInformation): Pipes {
  const opened: (Readable | Writable)[] = [];
  const open = <S extends Readable | Writable>(pipe: PipeHandle, name: string, make: (pipe: PipeHandle) => S): S | null => {
    if (pipe === 0n) return null;
    const stream = make(pipe);
    opened.push(stream);
    stream.once("close", trackHandle({ kind: "pipe", label: `${systemId} pid ${information.processId} ${name}` }));
    // A pipe whose other end is gone is no error of the process that holds this end; readers see the end all the same.
    stream.on("error", nothing);
    return stream;
  };
  const left = [information.stdInput, information.stdOutput, information.stdError];
  try {
    const stdin = open(information.stdInput, "stdin", (pipe) => raw.win32.openPipeWriter(pipe));
    left.shift();
    const stdout = open(information.stdOutput, "stdout", (pipe) => raw.win32.openPipeReader(pipe));
    left.shift();
    const stderr = open(information.stdError, "stderr", (pipe) => raw.win32.openPipeReader(pipe));
    return { stdin, stdout, stderr };
  } catch (error) {
    for (const stream of opened) stream.destroy();
    for (const pipe of left) if (pipe !== 0n) void raw.win32.CloseHandle(pipe);
    throw error;
  }
}

/** Destroys a stream and waits until its pipe handle is closed. */
async function closeStream(stream: Readable | Writable | null): Promise<void> {
  if (!stream || stream.closed) return;
  await new Promise<void>((resolve) => {
    stream.once("close", resolve);
    stream.destroy();
  });
}

async function readStatus(raw: RawHcs, owned: OwnedHandle<HcsProcess>, context: CallContext): Promise<ProcessStatus> {
  const answer = await owned.call(context, (handle) => raw.compute.HcsGetProcessProperties(handle));
  checkAnswer(answer, context);
  return parseAnswer<ProcessStatus>(answer.processProperties, context);
}

function processContext(systemId: string, pid: number, timeouts: HcsTimeouts) {
  return { op: "", resource: systemId, subject: `process ${pid} in container`, timeouts };
}

function nothing(): void {}
