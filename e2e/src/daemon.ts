import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandOptions, type CommandResult, runCommand, startCommand } from "./command.ts";

export const repository = fileURLToPath(new URL("../../", import.meta.url));
/** The command under test; ORIEL_COMMAND names another build of it. */
export const oriel = process.env.ORIEL_COMMAND ?? path.join(repository, "oriel");

/** The storage backend of the daemons under test; ORIEL_E2E_STORAGE runs the whole suite on another. */
export const storage = process.env.ORIEL_E2E_STORAGE ?? "windowsfilter";

export interface TestDaemon {
  readonly folder: string;
  readonly root: string;
  readonly socket: string;
  readonly host: string;
  readonly process: ChildProcess;
  /** All that the daemon has written so far. */
  output(): string;
  docker(words: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  oriel(words: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Sends the signal and waits for the end; returns the exit code (null: by the signal). */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Ends it if need be and removes its folder. */
  dispose(): Promise<void>;
}

export interface TestDaemonOptions {
  /** Start on the folder of a daemon that has ended. */
  readonly folder?: string;
  readonly words?: readonly string[];
  /** Text of a configuration file. @default none, and the storage of the suite by a flag */
  readonly configuration?: string;
  /** A command that runs the daemon's. */
  readonly wrapper?: readonly string[];
}

/** The daemons that run now, for the report of a test that failed. */
const running = new Set<{ readonly folder: string; output(): string }>();

/** The last lines that each running daemon wrote. */
export function lastLinesOfDaemons(count = 40): string {
  return [...running].map(({ folder, output }) => `${folder}:\n${output().trimEnd().split("\n").slice(-count).join("\n")}`).join("\n\n");
}

/** Starts `oriel daemon` on a folder of its own and waits until it answers. */
export async function startDaemon({ folder: given, words = [], configuration, wrapper = [] }: TestDaemonOptions = {}): Promise<TestDaemon> {
  const folder = given ?? (await mkdtemp(path.join(os.tmpdir(), "oriel-e2e-")));
  const root = path.join(folder, "root");
  const socket = path.join(folder, "x.sock");
  const host = `unix://${socket}`;
  const settings = configuration === undefined ? ["--storage", storage] : ["--config", path.join(folder, "oriel.toml")];
  if (configuration !== undefined) await writeFile(path.join(folder, "oriel.toml"), configuration);
  const [command = oriel, ...args] = [...wrapper, oriel, "daemon", "--root", root, "--host", host, ...settings, ...words];
  const child = startCommand(command, args);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await answers(socket, ended, () => output);
  const known = { folder, output: () => output };
  running.add(known);
  void ended.then(() => running.delete(known));

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    folder,
    root,
    socket,
    host,
    process: child,
    output: () => output,
    docker: (args, options) => runCommand("docker", ["-H", host, ...args], options),
    oriel: (args, options) => runCommand(oriel, args, { ...options, env: { ORIEL_HOST: host, ...options?.env } }),
    end,
    dispose: async () => {
      if (child.exitCode === null && child.signalCode === null) await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until somebody listens on the socket. @throws Error with the daemon's output when it ends instead. */
async function answers(socket: string, ended: Promise<number | null>, output: () => string): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (over) throw new Error(`the daemon ended before it answered:\n${output()}`);
    if (existsSync(socket) && (await connects(socket))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the daemon does not answer on ${socket}:\n${output()}`);
}

function connects(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = net.connect(socket, () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}
