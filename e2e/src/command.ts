import { type ChildProcess, spawn } from "node:child_process";

export interface CommandResult {
  /** Exit code; 128 + signal number for a command that was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds; the command is killed then, and the result says so by its code and in stderr. @default 60_000 */
  readonly timeout?: number;
}

/** Runs a command to its end. */
export async function runCommand(command: string, words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return finished(startCommand(command, words, options), options);
}

/** Starts a command whose streams the caller reads. */
export function startCommand(command: string, words: readonly string[], options: CommandOptions = {}): ChildProcess {
  return spawn(command, words, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: "pipe" });
}

async function finished(child: ChildProcess, { stdin, timeout = 60_000 }: CommandOptions): Promise<CommandResult> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(stdin ?? "");
  const timer = setTimeout(() => {
    err.push(Buffer.from(`(killed: it has not ended within ${timeout / 1000} s)`));
    child.kill("SIGKILL");
  }, timeout);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) => resolve(status ?? (signal === "SIGKILL" ? 137 : 143)));
    });
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  } finally {
    clearTimeout(timer);
  }
}
