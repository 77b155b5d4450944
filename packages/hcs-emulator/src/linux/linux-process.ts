import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fchownSync, constants as fileConstants, openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import type { ProcessDocument } from "../compute/documents.ts";
import { win32Message } from "../compute/win32-messages.ts";
import { FifoReader, FifoWriter } from "../guest/fifo.ts";
import type { GuestProcess } from "../guest/guest.ts";
import { HresultFailure } from "../host/answers.ts";
import type { ContainerGroup } from "../limits/container-group.ts";
import { signalAll } from "../limits/process-signals.ts";
import { makeFifos } from "../native/mkfifo.ts";
import type { LinuxCommand } from "./linux-command.ts";
import { errorName } from "./linux-errors.ts";
import type { LinuxInit } from "./linux-init.ts";
import type { LinuxTools } from "./linux-tools.ts";
import { usersOfContainer } from "./user-range.ts";

export interface LinuxProcessOptions {
  readonly command: LinuxCommand;
  readonly document: ProcessDocument;
  readonly init: LinuxInit;
  /** The host's number of user 0 of the container. */
  readonly base: number;
  /** How many each user of the container may have, threads counted. */
  readonly processes: number;
  /** Descriptor of a file with the system call filter. */
  readonly filter: number;
  /** Folder for the named pipes, made here. */
  readonly pipes: string;
  readonly group: ContainerGroup;
  readonly tools: LinuxTools;
}

const streams = ["stdin", "stdout", "stderr"] as const;
/** Milliseconds for a program to be entered and loaded. */
const deadline = 30_000;

/** Runs a program in the container's name spaces. @throws HresultFailure FILE_NOT_FOUND */
export async function startLinuxProcess(options: LinuxProcessOptions): Promise<GuestProcess> {
  const { command, document, init, base, filter, tools, group, pipes } = options;
  const wanted = { stdin: document.CreateStdInPipe, stdout: document.CreateStdOutPipe, stderr: document.CreateStdErrPipe };
  const request = requestOf(command, wanted);
  await mkdir(pipes, { recursive: true, mode: 0o700 });
  const fileOf = (stream: string): string => path.join(pipes, stream);
  makeFifos(Object.entries(wanted).flatMap(([stream, is]) => (is ? [fileOf(stream)] : [])));
  const stdin = wanted.stdin ? new FifoWriter(fileOf("stdin")) : undefined;
  const stdout = wanted.stdout ? new FifoReader(fileOf("stdout")) : undefined;
  const stderr = wanted.stderr ? new FifoReader(fileOf("stderr")) : undefined;
  const theirs = streams.map((stream) => {
    const mode = stream === "stdin" ? fileConstants.O_RDONLY : fileConstants.O_WRONLY;
    const descriptor = openSync(wanted[stream] ? fileOf(stream) : "/dev/null", mode);
    // So that the program can open it once more, as /dev/stdout.
    if (wanted[stream]) fchownSync(descriptor, base + command.uid, base + command.gid);
    return descriptor;
  });
  const [first = "", ...words] = [...group.enter, tools.container, "enter", String(base), String(options.processes)];
  try {
    const child = spawn(first, words, { cwd: "/", env: {}, stdio: [...theirs, "pipe", filter, init.folder] });
    const exitCode = new Promise<number>((resolve) => {
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
      child.once("error", () => resolve(127));
    });
    let exited = false;
    void exitCode.then(() => {
      exited = true;
    });
    // The fourth of its standard streams is a socket, so both directions.
    const control = child.stdio[3] as Duplex;
    control.on("error", () => undefined);
    let inside = 0;
    const timer = setTimeout(() => signalAll(exited ? [] : [child.pid ?? 0, inside].filter((one) => one > 0), "SIGKILL"), deadline);
    void exitCode.then(() => clearTimeout(timer));
    const said = await Promise.race([once(control, "data"), exitCode.then(() => [])]);
    const pid = Number(String(said[0] ?? ""));
    if (pid > 0) inside = Number((await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")).split(" ")[0]);
    if (inside === 0) throw new HresultFailure(hresultFromWin32(WIN32.GEN_FAILURE), "the container has ended");
    stdin?.readerReady();
    control.end(request);
    const refusal = await text(control);
    clearTimeout(timer);
    if (refusal !== "") throw refused(refusal, command);
    return {
      pid,
      stdin,
      stdout,
      stderr,
      exitCode,
      // The process outside waits for it, so its number is not another's before we know that it has ended.
      terminate: () => signalAll(exited ? [] : [inside], "SIGKILL"),
      resize: () => undefined,
      signal: (signal) => {
        if (typeof signal !== "number") return false;
        signalAll(exited ? [] : [inside], signal);
        return true;
      },
    };
  } catch (error) {
    for (const end of [stdin, stdout, stderr]) end?.close();
    throw error;
  } finally {
    for (const descriptor of theirs) closeSync(descriptor);
    await rm(pipes, { recursive: true, force: true });
  }
}

/** What guest/linux-container.c reads. Not in the command line or the environment of a program of the host: those would be heeded, or seen, there. */
function requestOf(
  { uid, gid, cwd, args, environment }: LinuxCommand,
  wanted: Readonly<Record<(typeof streams)[number], boolean>>,
): Buffer {
  if (uid >= usersOfContainer || gid >= usersOfContainer) {
    const why = `user ${uid}:${gid} is none of a Linux container: its users and groups are 0 to ${usersOfContainer - 1}`;
    throw new HresultFailure(hresultFromWin32(WIN32.INVALID_PARAMETER), why);
  }
  const nowhere = streams.reduce((bits, stream, index) => (wanted[stream] ? bits : bits | (1 << index)), 0);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const texts = [String(uid), String(gid), String(nowhere), cwd, String(args.length), ...args, ...variables];
  const broken = texts.find((each) => each.includes("\0"));
  if (broken !== undefined) {
    throw new HresultFailure(hresultFromWin32(WIN32.INVALID_PARAMETER), `${JSON.stringify(broken)} has a character in it that ends a text`);
  }
  return Buffer.from(texts.map((each) => `${each}\0`).join(""));
}

const notRunnable = ["ENOENT", "ENOTDIR", "EACCES"];

/** @param refusal what failed, and the error's number */
function refused(refusal: string, { args, cwd, uid, gid }: LinuxCommand): HresultFailure {
  const [what = "", errno = ""] = refusal.split(" ");
  const error = errorName(Number(errno));
  const [name = ""] = args;
  if (what === "program" && notRunnable.includes(error)) {
    return new HresultFailure(hresultFromWin32(WIN32.FILE_NOT_FOUND), `${win32Message(WIN32.FILE_NOT_FOUND)} (${name})`);
  }
  if (what === "folder") {
    return new HresultFailure(hresultFromWin32(WIN32.DIRECTORY), `the working directory '${cwd}' cannot be entered: ${error}`);
  }
  const subject = what === "user" ? `as user ${uid}:${gid}` : what === "program" ? "" : `(${what})`;
  return new HresultFailure(hresultFromWin32(WIN32.GEN_FAILURE), `'${name}' cannot be run ${subject}: ${error}`.replace(" :", ":"));
}
