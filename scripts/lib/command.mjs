import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createInterface } from "node:readline";

/** A fault that the user can mend: shown as it is, without a stack trace. */
export class UserError extends Error {
  /**
   * @param {string} message
   * @param {string} [remedy] what to do about it, a sentence
   */
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

/** Children that run now. Each has a process group of its own, so that what it started ends with it. */
const running = new Set();

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeout] seconds; ten minutes unless given
 * @property {(line: string) => void} [onLine] gets every line of both streams; otherwise they are kept for the report of a failure
 */

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  const { timeout = 600, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    running.add(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child, "SIGKILL");
    }, timeout * 1000);
    const lines = /** @type {string[]} */ ([]);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        onLine?.(line);
      });
    }
    const done = () => {
      clearTimeout(timer);
      running.delete(child);
    };
    child.once("error", (error) => {
      done();
      reject(error);
    });
    child.once("close", (code, signal) => {
      done();
      const output = lines.join("\n");
      if (timedOut) reject(new UserError(`${command} ${args[0] ?? ""} did not end within ${timeout} seconds`));
      else resolve({ code: code ?? 128 + (signal === "SIGINT" ? 2 : 15), output });
    });
  });
}

/**
 * Runs a command that has to succeed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions & { failure: string, remedy?: string }} options `failure` says what did not work
 * @returns {Promise<string>} what it wrote
 */
export async function must(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return output;
  const shown =
    options.onLine === undefined
      ? output
          .split("\n")
          .slice(-30)
          .map((line) => `\n    ${line}`)
      : [];
  throw new UserError(`${options.failure}: ${command} exited with ${code}${shown.join("")}`, options.remedy);
}

/**
 * Starts a command that goes on, in a process group of its own.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 */
export function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once("close", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Ends everything that runs: asked first, ended after ten seconds. */
export async function endChildren() {
  const children = [...running];
  const gone = Promise.all(children.map((child) => new Promise((resolve) => child.once("close", resolve))));
  for (const child of children) endGroup(child, "SIGTERM");
  const timer = setTimeout(() => {
    for (const child of children) endGroup(child, "SIGKILL");
  }, 10_000);
  await gone;
  clearTimeout(timer);
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function endGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

let codeOnSignal = /** @type {number | undefined} */ (undefined);

/** From now on Ctrl-C is how the program is meant to end: exit code 0. */
export function serveUntilSignal() {
  codeOnSignal = 0;
}

/**
 * Runs the program: Ctrl-C and SIGTERM end the children and then this process; a UserError is one line, not a trace.
 *
 * @param {() => Promise<number>} program answers the exit code
 */
export async function main(program) {
  let ending = false;
  /** @param {NodeJS.Signals} signal */
  const stop = async (signal) => {
    if (ending) return;
    ending = true;
    console.log(`\nStopping (${signal}).`);
    await endChildren();
    process.exit(codeOnSignal ?? (signal === "SIGINT" ? 130 : 143));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  try {
    checkNullDevice();
    const code = await program();
    if (!ending) process.exitCode = code;
  } catch (error) {
    if (ending) return;
    console.error(`\n${error instanceof UserError ? error.message : explain(error)}`);
    if (error instanceof UserError && error.remedy !== undefined) console.error(`try: ${error.remedy}`);
    await endChildren();
    process.exitCode = 1;
  }
}

/**
 * Every child has it for what it does not use; without access to it a spawn fails as if the program could not be run.
 *
 * @param {string} [file]
 */
export function checkNullDevice(file = "/dev/null") {
  if (process.platform === "win32") return;
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    const reason =
      /** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT" ? "does not exist" : "cannot be read and written by this account";
    throw new UserError(
      `${file} ${reason}, and no program can be started without it`,
      `as root: rm -f ${file}; mknod -m 666 ${file} c 1 3`,
    );
  }
}

/** @param {unknown} error */
function explain(error) {
  const system = /** @type {NodeJS.ErrnoException} */ (error);
  if (system?.code === "ENOENT" && system.syscall?.startsWith("spawn")) return `cannot find the program ${system.path}`;
  if (system?.syscall !== undefined) return system.message;
  // Neither the user's nor the system's fault: a trace is what helps then.
  return error instanceof Error ? `${error.stack}` : String(error);
}
