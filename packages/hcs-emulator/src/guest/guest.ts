import { type ChildProcess, execFile, spawn } from "node:child_process";
import { constants, openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { Socket } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import type { ProcessSignal } from "../compute/process-signal.ts";
import { signalAll } from "../limits/process-signals.ts";
import { type DirectoryView, mapDirectories, mountsFailed } from "../mapped-directories/map-directories.ts";
import type { MappedDirectory } from "../mapped-directories/mapped-directory.ts";
import type { MappingKind } from "../mapped-directories/mapping-kind.ts";
import { makeFifos } from "../native/mkfifo.ts";
import { pidsWithVariable } from "../statistics/host-process.ts";
import type { WineInstallation } from "../wine-installation.ts";
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
import { Deaths, processMark } from "./deaths.ts";
import { FifoReader, FifoWriter, unixPathInWine } from "./fifo.ts";
import { Places, releasePlaces } from "./places.ts";
import { makePrefix, removePrefix, type WinePrefix } from "./prefix.ts";
import { agentCommand } from "./reaper.ts";

const run = promisify(execFile);

export interface GuestOptions {
  /** Folder of this compute system; made here and removed by `stop`. */
  readonly folder: string;
  /** The container's root, C: inside. */
  readonly root: string;
  readonly wine: WineInstallation;
  readonly hostName: string;
  /** @default none */
  readonly mappedDirectories?: readonly MappedDirectory[];
  /** @default the best that this host allows */
  readonly mappingKind?: MappingKind;
  /** Words to put before the command that starts Wine. @default none */
  readonly enter?: readonly string[];
  /** Milliseconds for the agent to come up. @default 60_000 */
  readonly bootDeadline?: number;
}

export interface GuestProcessOptions {
  readonly commandLine: string;
  readonly workingDirectory: string;
  readonly environment: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** A console of this size, which has both outputs in one stream; undefined: plain pipes. */
  readonly console: ConsoleSize | undefined;
}

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
  /** Answers whether there was a way to send it. */
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
 * A booted container: a Wine prefix, its wineserver and the execution agent. Everything ends with `stop`; should this
 * process die without it, the agent sees its request pipe end and takes every process with it.
 */
export class Guest {
  readonly #options: GuestOptions;
  readonly #prefix: WinePrefix;
  readonly #view: DirectoryView;
  readonly #agent: ChildProcess;
  readonly #deaths: Deaths;
  readonly #requests: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listing = new Map<number, (list: ListedProcess[]) => void>();
  #agentPid = 0;
  readonly #ended: Promise<void>;
  #environment: readonly string[] = [];
  #lastId = 0;
  #stopping: Promise<void> | undefined;

  private constructor(
    options: GuestOptions,
    prefix: WinePrefix,
    view: DirectoryView,
    { agent, requests, deaths }: { readonly agent: ChildProcess; readonly requests: Socket; readonly deaths: Deaths },
  ) {
    this.#options = options;
    this.#deaths = deaths;
    this.#prefix = prefix;
    this.#view = view;
    this.#agent = agent;
    this.#requests = requests;
    requests.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      agent.once("exit", () => resolve());
      agent.once("error", () => resolve());
    });
    void this.#ended.then(() => {
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

  /** The host's number of the process that stands for the guest: its reaper where there is one, else the agent. */
  get hostPid(): number | undefined {
    return this.#agent.pid;
  }

  /** Settles when the agent is gone, asked to or not. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** @throws Error that says why the guest did not come up; nothing remains of it then. */
  static async boot(options: GuestOptions): Promise<Guest> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    let view: DirectoryView | undefined;
    try {
      const directories = options.mappedDirectories ?? [];
      view = await mapDirectories({ directories, folder: options.folder, root: options.root, kind: options.mappingKind });
      const prefix = await makePrefix(options.folder, options.root, view.drives);
      return await Guest.#start(options, prefix, view);
    } catch (error) {
      await view?.release();
      await removePrefix(options.folder);
      throw error;
    }
  }

  static async #start(options: GuestOptions, prefix: WinePrefix, view: DirectoryView): Promise<Guest> {
    const requestFile = path.join(prefix.pipes, "requests");
    const answerFile = path.join(prefix.pipes, "answers");
    makeFifos([requestFile, answerFile]);
    // The first process that does not come from another starts wineboot, even where that is not there, and waits for its end.
    // What is no program is not started.
    const noBoot = new Places(options.folder, "boot");
    await noBoot.file(options.root, ["Windows", "System32", "wineboot.exe"]);
    // Both directions: neither side may see an end before the agent has opened its own.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    const requests = new Socket({ fd: openSync(requestFile, flags), readable: false, writable: true });
    const answers = new Socket({ fd: openSync(answerFile, flags), readable: true, writable: false });
    const deathsFile = path.join(options.folder, "deaths");
    const { words: agentWords, isReaper } = await agentCommand(options.wine, prefix.agent, deathsFile);
    const [command = "", ...words] = [...(options.enter ?? []), ...view.before, ...agentWords];
    const deaths: Deaths = new Deaths(deathsFile, () => (isReaper ? agent.pid : undefined));
    const agent = spawn(command, words, {
      cwd: "/",
      stdio: "ignore",
      env: {
        ...wineEnvironment(prefix.folder),
        ORIEL_REQUESTS: unixPathInWine(requestFile),
        ORIEL_ANSWERS: unixPathInWine(answerFile),
        ORIEL_HOSTNAME: options.hostName,
        ORIEL_COMPUTERNAME: computerName(options.hostName),
      },
    });
    const guest = new Guest(options, prefix, view, { agent, requests, deaths });
    void guest.#ended.then(() => {
      answers.destroy();
      requests.destroy();
    });
    try {
      await guest.#receive(answers, options.bootDeadline ?? 60_000);
    } catch (error) {
      await guest.stop(lostExitCode);
      throw error;
    } finally {
      await noBoot.release();
    }
    return guest;
  }

  /** Listens to the agent for good; answers when it is ready. */
  #receive(answers: Socket, deadline: number): Promise<void> {
    const decoder = new AnswerDecoder();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the execution agent did not come up within ${deadline / 1000} s`)), deadline);
      const settle = (result: () => void): void => {
        clearTimeout(timer);
        result();
      };
      this.#agent.once("error", (error) => settle(() => reject(new Error(`Wine could not be started: ${error.message}`))));
      this.#agent.once("exit", (code) => {
        void this.#whyNoAgent(code).then((why) => settle(() => reject(new Error(why))));
      });
      answers.on("error", () => undefined);
      answers.on("data", (chunk: Buffer) => {
        for (const answer of decoder.write(chunk)) {
          if (answer.kind === "ready") {
            this.#environment = decodeEnvironment(answer.data);
            this.#agentPid = answer.value;
            settle(resolve);
          } else this.#dispatch(answer);
        }
      });
    });
  }

  async #whyNoAgent(code: number | null): Promise<string> {
    if (code === mountsFailed) {
      const log = await readFile(this.#view.log, "utf8").catch(() => "");
      if (log !== "") return `a mapped directory could not be mounted: ${log.trim()}`;
    }
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
    const pipe = (name: string): string => path.join(this.#prefix.pipes, `${id}-${name}`);
    const names = [
      ...(options.stdin ? [pipe("stdin")] : []),
      ...(options.stdout ? [pipe("stdout")] : []),
      ...(options.stderr && options.console === undefined ? [pipe("stderr")] : []),
    ];
    makeFifos(names);
    const stdin = options.stdin ? new FifoWriter(pipe("stdin")) : undefined;
    const stdout = options.stdout ? new FifoReader(pipe("stdout")) : undefined;
    const stderr = options.stderr && options.console === undefined ? new FifoReader(pipe("stderr")) : undefined;
    let exited: (code: number) => void = () => undefined;
    let killedBy: () => Promise<number | undefined> = async () => undefined;
    const exitCode = new Promise<number>((resolve) => {
      exited = resolve;
    }).then(async (code) => (code > killedCode ? code : exitCodeOf(code, await killedBy())));
    try {
      const pid = await new Promise<number>((resolve, reject) => {
        const gone = (): void => reject(new Error("the compute system has ended"));
        if (this.#agent.exitCode !== null || this.#stopping !== undefined) return gone();
        this.#waiting.set(id, {
          started: resolve,
          failed: (win32) => reject(new GuestProcessError(win32)),
          exited: (code) => {
            exited(code);
            gone();
          },
        });
        const wine = (name: string, wanted: boolean): string => (wanted ? unixPathInWine(pipe(name)) : "");
        this.#requests.write(
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
      killedBy = this.#deaths.watch(id);
      stdin?.readerReady();
      return {
        pid,
        stdin: options.console === undefined || stdin === undefined ? stdin : this.#keyboard(id, stdin, exitCode),
        stdout,
        stderr,
        exitCode,
        terminate: (code) => this.#requests.write(encodeTerminate(id, code)),
        resize: (size) => this.#requests.write(encodeResize(id, size)),
        signal: (signal) => {
          if (signal !== "CtrlC" || options.console === undefined) return false;
          this.#requests.write(encodeInterrupt(id));
          return true;
        },
      };
    } catch (error) {
      for (const end of [stdin, stdout, stderr]) end?.close();
      throw error;
    } finally {
      // Both sides have them open, or the process did not start.
      await Promise.all(names.map((file) => rm(file, { force: true })));
    }
  }

  #keyboard(id: number, pipe: FifoWriter, exitCode: Promise<number>): ConsoleInput {
    const input = new ConsoleInput(pipe, () => this.#requests.write(encodeInterrupt(id)));
    void exitCode.then(() => input.release());
    return input;
  }

  /** Its Windows processes, but for the agent; none when it has ended. Does not settle while the guest is paused. */
  processes(): Promise<ListedProcess[]> {
    if (this.#agent.exitCode !== null || this.#agent.signalCode !== null || this.#stopping !== undefined) return Promise.resolve([]);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#listing.set(id, resolve);
      this.#requests.write(encodeList(id));
    });
  }

  /** Ends every process with `exitCode`, waits until Wine is gone and has written the registry, and removes the prefix. */
  stop(exitCode: number): Promise<void> {
    this.#stopping ??= this.#stop(exitCode);
    return this.#stopping;
  }

  async #stop(exitCode: number): Promise<void> {
    if (this.#agent.exitCode === null && this.#agent.signalCode === null) {
      this.#requests.write(encodeShutdown(exitCode));
      if (!(await settlesWithin(this.#ended, 5_000))) this.#agent.kill("SIGKILL");
    }
    await endWineServer(this.#options.wine, this.#prefix.folder);
    await this.#ended;
    await this.#view.release();
    await removePrefix(this.#options.folder);
  }
}

/** Removes what a guest of a former process left in `folder`. */
export async function removeStaleGuest(wine: WineInstallation | undefined, folder: string): Promise<void> {
  if (wine !== undefined) await endWineServer(wine, path.join(folder, "prefix"), 0);
  await releasePlaces(folder);
  await removePrefix(folder);
}

/** Waits until the prefix's server has ended by itself, else ends it and with it every process of the prefix. */
async function endWineServer(wine: WineInstallation, prefix: string, patience = 10_000): Promise<void> {
  const env = wineEnvironment(prefix);
  if (patience > 0) {
    const ended = await run(wine.server, ["-w"], { env, timeout: patience }).then(
      () => true,
      () => false,
    );
    if (ended) return;
  }
  // Answers an error when there is no server to end.
  await run(wine.server, ["-k9"], { env, timeout: 10_000 }).catch(() => undefined);
  await run(wine.server, ["-w"], { env, timeout: 10_000 }).catch(() => undefined);
  // What a server that was ended before has left cannot end by itself.
  signalAll(await pidsWithVariable(`WINEPREFIX=${prefix}`), "SIGKILL");
}

/** All that Wine sees of our environment: nothing of the host's leaks into a container. */
function wineEnvironment(prefix: string): Record<string, string> {
  return {
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    // wineboot would start services and take a second; the agent does what is needed of it. Since Wine 10 the driver for Wayland
    // writes to the error output of a program when there is no session to draw in.
    WINEDLLOVERRIDES: "wineboot.exe=;mscoree=;mshtml=;winewayland.drv=",
    HOME: prefix,
    // Wine takes the name of the Windows user from it.
    USER: "ContainerAdministrator",
    LC_ALL: "C.UTF-8",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  };
}

/** 0 for a process that no signal has ended. */
function exitCodeOf(code: number, signal: number | undefined): number {
  return signal === undefined ? code : signalExitCode + signal;
}

/** NetBIOS name: at most 15 characters of the first label, upper case. */
export function computerName(hostName: string): string {
  return (hostName.split(".")[0] ?? "").slice(0, 15).toUpperCase();
}

async function settlesWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const result = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return result;
}
