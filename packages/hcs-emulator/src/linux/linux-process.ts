import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants as fileConstants, openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { hresultFromWin32, WIN32 } from "@oriel/core";
import type { ProcessDocument } from "../compute/documents.ts";
import { win32Message } from "../compute/win32-messages.ts";
import { FifoReader, FifoWriter } from "../guest/fifo.ts";
import type { GuestProcess } from "../guest/guest.ts";
import { HresultFailure } from "../host/answers.ts";
import type { ContainerGroup } from "../limits/container-group.ts";
import { signalAll } from "../limits/process-signals.ts";
import { makeFifos } from "../native/mkfifo.ts";
import type { LinuxCommand } from "./linux-command.ts";
import type { LinuxTools } from "./linux-tools.ts";
import { findProgram } from "./path-in-root.ts";

export interface LinuxProcessOptions {
  readonly command: LinuxCommand;
  readonly document: ProcessDocument;
  /** The host's number of the container's process 1. */
  readonly init: number;
  /** The container's root, as its mount namespace has it. */
  readonly root: string;
  readonly rootFromHere: string;
  /** Folder for the named pipes, made here. */
  readonly pipes: string;
  readonly group: ContainerGroup;
  readonly tools: LinuxTools;
}

/** Says its number inside, and becomes the program when it is told to: none can end unseen before it is known. */
const startScript = 'echo $$ >&3; read -r _ <&3; exec 3>&-; exec "$@"';

/** Runs a program in the container's namespaces and root. @throws HresultFailure FILE_NOT_FOUND */
export async function startLinuxProcess(options: LinuxProcessOptions): Promise<GuestProcess> {
  const { command, document, init, root, tools, group, pipes } = options;
  const [name = "", ...args] = command.args;
  const program = await findProgram(options.rootFromHere, name, command.cwd, command.environment.PATH ?? "");
  if (program === undefined) {
    throw new HresultFailure(hresultFromWin32(WIN32.FILE_NOT_FOUND), `${win32Message(WIN32.FILE_NOT_FOUND)} (${name})`);
  }
  await mkdir(pipes, { recursive: true, mode: 0o700 });
  const wanted = { stdin: document.CreateStdInPipe, stdout: document.CreateStdOutPipe, stderr: document.CreateStdErrPipe };
  const fileOf = (stream: string): string => path.join(pipes, stream);
  makeFifos(Object.entries(wanted).flatMap(([stream, is]) => (is ? [fileOf(stream)] : [])));
  const stdin = wanted.stdin ? new FifoWriter(fileOf("stdin")) : undefined;
  const stdout = wanted.stdout ? new FifoReader(fileOf("stdout")) : undefined;
  const stderr = wanted.stderr ? new FifoReader(fileOf("stderr")) : undefined;
  const fileOrNull = (is: boolean, stream: string): string => (is ? fileOf(stream) : "/dev/null");
  const theirs = [
    openSync(fileOrNull(wanted.stdin, "stdin"), fileConstants.O_RDONLY),
    openSync(fileOrNull(wanted.stdout, "stdout"), fileConstants.O_WRONLY),
    openSync(fileOrNull(wanted.stderr, "stderr"), fileConstants.O_WRONLY),
  ];
  const enter = [tools.nsenter, "-t", String(init), "-m", "-p", "-u", "-i", "/bin/sh", "-c", startScript, "start"];
  const inRoot = [tools.unshare, "-R", root, "-w", command.cwd, "-S", String(command.uid), "-G", String(command.gid), program, ...args];
  const [first = "", ...words] = [...group.enter, ...enter, ...inRoot];
  try {
    const child = spawn(first, words, { cwd: "/", env: { ...command.environment }, stdio: [...theirs, "pipe"] });
    const exitCode = new Promise<number>((resolve) => {
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
      child.once("error", () => resolve(127));
    });
    // The fourth of its standard streams is a socket, so both directions.
    const control = child.stdio[3] as Duplex;
    control.on("error", () => undefined);
    const said = await Promise.race([once(control, "data"), exitCode.then(() => [])]);
    const pid = Number(String(said[0] ?? ""));
    const [inside] = pid > 0 ? (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")).split(" ").map(Number) : [];
    if (inside === undefined || inside === 0) throw new HresultFailure(hresultFromWin32(WIN32.GEN_FAILURE), "the container has ended");
    stdin?.readerReady();
    control.end("\n");
    let exited = false;
    void exitCode.then(() => {
      exited = true;
    });
    return {
      pid,
      stdin,
      stdout,
      stderr,
      exitCode,
      // nsenter waits for it, so its number is not another's before we know that it has ended.
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
