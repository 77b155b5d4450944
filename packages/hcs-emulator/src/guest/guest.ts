import { mkdir, rm } from "node:fs/promises";
import { withDeadline } from "@oriel/contracts";
import type { ProcessSignal } from "../compute/process-signal.ts";
import { insidePaths } from "../containment/inside-paths.ts";
import { bindDirectories, type DirectoryView, linkDirectories } from "../mapped-directories/map-directories.ts";
import {
  type AgentAnswer,
  AnswerDecoder,
  type ConsoleSize,
  decodeEnvironment,
  decodeProcesses,
  encodeCreate,
  encodeInterrupt,
  encodeList,
  encodeResize,
  encodeShutdown,
  encodeTerminate,
  type ListedProcess,
} from "./agent-protocol.ts";
import { ConsoleInput } from "./console-input.ts";
import { processMark } from "./deaths.ts";
import { endProcesses, endWineServer } from "./end-guest.ts";
import { FifoReader, FifoWriter } from "./fifo.ts";
import type { GuestOptions, GuestProcessOptions } from "./guest-options.ts";
import { Places } from "./places.ts";
import { makePrefix, removePrefix } from "./prefix.ts";
import { type StartedAgent, startAgent } from "./start-agent.ts";

/** A process in the guest, with our ends of its pipes. */
export interface GuestProcess {
  readonly pid: number;
  readonly stdin: FifoWriter | ConsoleInput | undefined;
  readonly stdout: FifoReader | undefined;
  readonly stderr: FifoReader | undefined;
  /** Never rejects. */
  readonly exitCode: Promise<number>;
  /** Ends the process and all that it started. */
  terminate(exitCode: number): void;
  /** Of its console; nothing happens where it has none. */
  resize(size: ConsoleSize): void;
  /** Returns whether there was a way to send it. */
  signal(signal: ProcessSignal): boolean;
}

/** CreateProcessW refused: a Win32 error code. */
export class GuestProcessError extends Error {
  readonly win32: number;
  constructor(win32: number) {
    super(`CreateProcessW failed with error ${win32}`);
    this.win32 = win32;
  }
}

/** Exit code of processes whose guest went away under them. */
const lostExitCode = 0xc000013a;
/** What shells and Docker make of a signal, which Windows does not have. */
const signalExitCode = 128;

/** The highest exit code that Wine reports for a process that a signal ended: 0 up to version 8, 1 in version 10. */
const killedCode = 1;

interface Waiting {
  started(pid: number): void;
  failed(win32: number): void;
  exited(code: number): void;
}

/**
 * A booted container: a Wine prefix, its wineserver and the execution agent, in a sandbox unless the options name none.
 * Everything ends with `stop`; should this process die without it, the agent sees its request pipe end and takes every process
 * with it.
 */
export class Guest {
  readonly #options: GuestOptions;
  readonly #view: DirectoryView;
  readonly #agent: StartedAgent;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listing = new Map<number, (list: ListedProcess[]) => void>();
  #agentPid = 0;
  readonly #ended: Promise<void>;
  #environment: readonly string[] = [];
  #lastId = 0;
  #stopping: Promise<void> | undefined;

  private constructor(options: GuestOptions, view: DirectoryView, agent: StartedAgent) {
    this.#options = options;
    this.#view = view;
    this.#agent = agent;
    this.#ended = new Promise((resolve) => {
      agent.process.once("exit", () => resolve());
      agent.process.once("error", () => resolve());
    });
    void this.#ended.then(() => {
      agent.answers.destroy();
      agent.requests.destroy();
      for (const waiting of this.#waiting.values()) waiting.exited(lostExitCode);
      this.#waiting.clear();
      for (const listed of this.#listing.values()) listed([]);
      this.#listing.clear();
    });
  }

  /** The environment that the container's registry gives every process. */
  get environment(): readonly string[] {
    return this.#environment;
  }

  /** The host's number of the process that stands for the guest: its sandbox, else its reaper where there is one, else the agent. */
  get hostPid(): number | undefined {
    return this.#agent.process.pid;
  }

  /** Settles when the agent is gone, asked to or not. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** @throws Error that says why the guest did not come up; nothing remains of it then. */
  static async boot(options: GuestOptions): Promise<Guest> {
    const { folder, root, containment, mappedDirectories = [] } = options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let view: DirectoryView | undefined;
    // It is awaited later: until then its failure has no listener.
    options.network?.catch(() => undefined);
    try {
      const mapped = { directories: mappedDirectories, folder, root };
      view = await (containment === undefined ? linkDirectories(mapped) : bindDirectories(mapped));
      const rootInside = containment === undefined ? root : insidePaths.root;
      const prefix = await makePrefix({ folder, root, rootInside, drives: view.drives });
      // The first process that does not come from another starts wineboot, even where that is not there, and waits for its end.
      // What is no program is not started.
      const noBoot = new Places(folder, "boot");
      await noBoot.file(root, ["Windows", "System32", "wineboot.exe"]);
      try {
        const guest = new Guest(options, view, await startAgent(options, prefix, view));
        await guest.#comeUp();
        return guest;
      } finally {
        await noBoot.release();
      }
    } catch (error) {
      await view?.release();
      await removePrefix(folder);
      throw error;
    }
  }

  async #comeUp(): Promise<void> {
    try {
      await this.#receive(this.#options.bootDeadline ?? 60_000);
    } catch (error) {
      await this.stop(lostExitCode);
      throw error;
    }
    for (const warning of this.#agent.warnings()) this.#options.warn?.(warning);
  }

  /** Listens to the agent for good; returns when it is ready. */
  #receive(deadline: number): Promise<void> {
    const decoder = new AnswerDecoder();
    const ready = new Promise<void>((resolve, reject) => {
      const { process, answers } = this.#agent;
      process.once("error", (error) => reject(new Error(`Wine could not be started: ${error.message}`)));
      // Its error output has ended then, too.
      process.once("close", (code) => reject(new Error(this.#whyNoAgent(code))));
      const receive = (chunk: Buffer): void => {
        for (const answer of decoder.write(chunk)) {
          if (answer.kind === "ready") {
            this.#environment = decodeEnvironment(answer.data);
            this.#agentPid = answer.value;
            resolve();
          } else this.#dispatch(answer);
        }
      };
      answers.on("data", (chunk: Buffer) => {
        try {
          receive(chunk);
        } catch (error) {
          this.#distrust(error);
        }
      });
    });
    const error = () => new Error(`the execution agent did not come up within ${deadline / 1000} s`);
    return withDeadline(ready, { ms: deadline, error, op: "guest.start" });
  }

  /** The agent would not have said that: a program of the container's has its pipe, and nothing that comes can be relied on. */
  #distrust(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#options.warn?.(`${why}, which no agent says: the container is ended`);
    this.#agent.answers.destroy();
    this.#agent.process.kill("SIGKILL");
  }

  #whyNoAgent(code: number | null): string {
    const said = this.#agent.said();
    if (said !== "") return `the container's sandbox could not be made: ${said}`;
    return `Wine could not load the execution agent (exit code ${code}): does the image have C:\\Windows\\System32\\kernel32.dll of this Wine? Base it on oriel/nano.`;
  }

  #dispatch({ kind, id, value, data }: AgentAnswer): void {
    if (kind === "listed") {
      this.#listing.get(id)?.(decodeProcesses(data).filter(({ pid }) => pid !== this.#agentPid));
      this.#listing.delete(id);
      return;
    }
    const waiting = this.#waiting.get(id);
    if (kind === "started") waiting?.started(value);
    if (kind === "failed") waiting?.failed(value);
    if (kind === "exited") waiting?.exited(value);
    if (kind !== "started") this.#waiting.delete(id);
  }

  /** @throws GuestProcessError with the Win32 error of CreateProcessW; Error when the guest is gone. */
  async createProcess(options: GuestProcessOptions): Promise<GuestProcess> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { pipes, deaths, process, requests } = this.#agent;
    const nameOf = (stream: string): string => `${id}-${stream}`;
    const pipe = (stream: string): string => pipes.file(nameOf(stream));
    const names = [
      ...(options.stdin ? [nameOf("stdin")] : []),
      ...(options.stdout ? [nameOf("stdout")] : []),
      ...(options.stderr && options.console === undefined ? [nameOf("stderr")] : []),
    ];
    pipes.make(names);
    const stdin = options.stdin ? new FifoWriter(pipe("stdin")) : undefined;
    const stdout = options.stdout ? new FifoReader(pipe("stdout")) : undefined;
    const stderr = options.stderr && options.console === undefined ? new FifoReader(pipe("stderr")) : undefined;
    const { promise: exit, resolve: exited } = Promise.withResolvers<number>();
    let killedBy: () => Promise<number | undefined> = async () => undefined;
    const exitCode = exit.then(async (code) => (code > killedCode ? code : exitCodeOf(code, await killedBy())));
    try {
      const pid = await new Promise<number>((resolve, reject) => {
        const gone = (): void => reject(new Error("the compute system has ended"));
        if (process.exitCode !== null || this.#stopping !== undefined) return gone();
        this.#waiting.set(id, {
          started: resolve,
          failed: (win32) => reject(new GuestProcessError(win32)),
          exited: (code) => {
            exited(code);
            gone();
          },
        });
        const wine = (stream: string, wanted: boolean): string => (wanted ? pipes.inWine(nameOf(stream)) : "");
        requests.write(
          encodeCreate(id, {
            commandLine: options.commandLine,
            workingDirectory: options.workingDirectory,
            environment: [...options.environment, processMark(id)],
            stdin: wine("stdin", options.stdin),
            stdout: wine("stdout", options.stdout),
            stderr: wine("stderr", stderr !== undefined),
            console: options.console,
          }),
        );
      });
      killedBy = deaths.watch(id);
      stdin?.readerReady();
      return {
        pid,
        stdin: options.console === undefined || stdin === undefined ? stdin : this.#keyboard(id, stdin, exitCode),
        stdout,
        stderr,
        exitCode,
        terminate: (code) => requests.write(encodeTerminate(id, code)),
        resize: (size) => requests.write(encodeResize(id, size)),
        signal: (signal) => {
          if (signal !== "CtrlC" || options.console === undefined) return false;
          requests.write(encodeInterrupt(id));
          return true;
        },
      };
    } catch (error) {
      for (const end of [stdin, stdout, stderr]) end?.close();
      throw error;
    } finally {
      // Both sides have them open, or the process did not start.
      await Promise.all(names.map((name) => rm(pipes.file(name), { force: true })));
    }
  }

  #keyboard(id: number, pipe: FifoWriter, exitCode: Promise<number>): ConsoleInput {
    const input = new ConsoleInput(pipe, () => this.#agent.requests.write(encodeInterrupt(id)));
    void exitCode.then(() => input.release());
    return input;
  }

  /** Its Windows processes, but for the agent; none when it has ended. Does not settle while the guest is paused. */
  processes(): Promise<ListedProcess[]> {
    if (!this.#isUp() || this.#stopping !== undefined) return Promise.resolve([]);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#listing.set(id, resolve);
      this.#agent.requests.write(encodeList(id));
    });
  }

  /** Ends every process with `exitCode`, waits until Wine is gone and has written the registry, and removes the prefix. */
  stop(exitCode: number): Promise<void> {
    this.#stopping ??= this.#stop(exitCode);
    return this.#stopping;
  }

  async #stop(exitCode: number): Promise<void> {
    const { wine, folder, containment } = this.#options;
    if (this.#isUp()) {
      this.#agent.requests.write(encodeShutdown(exitCode));
      // Wine's server writes the registry before it ends.
      const error = () => new Error("the execution agent did not end");
      await withDeadline(this.#ended, { ms: 10_000, error, op: "guest.stop" }).catch(() => endProcesses(folder));
    }
    if (containment === undefined) await endWineServer(wine, folder);
    await this.#ended;
    // What waits for a sandbox was killed, not the sandbox.
    if (this.#agent.process.signalCode !== null) await endProcesses(folder);
    await this.#view.release();
    await removePrefix(folder);
  }

  #isUp(): boolean {
    const { exitCode, signalCode, pid } = this.#agent.process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }
}

/** 0 for a process that no signal has ended. */
function exitCodeOf(code: number, signal: number | undefined): number {
  return signal === undefined ? code : signalExitCode + signal;
}
