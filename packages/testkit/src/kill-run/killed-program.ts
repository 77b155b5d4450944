import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Random } from "./random.ts";

/** The program is killed after so many lines of its, at most: counted in work, a slow machine sees as much as a quick one. */
const MAX_LINES = 12;
/** Longest time from the last of those lines to the kill, milliseconds. */
const LONGEST = 60;

/** When a program is killed: so many milliseconds after so many lines, of which the first says that it begins. */
export interface Moment {
  readonly lines: number;
  readonly delay: number;
}

export function randomMoment(random: Random): Moment {
  return { lines: random.below(MAX_LINES), delay: random.next() * LONGEST };
}

/**
 * Runs a module in a Node.js of its own, kills it by SIGKILL, and returns what it had told, a line of JSON each.
 *
 * @param whileStopped done before that, while the program stands still: whatever it tells, it has told before. Linux only
 * @throws Error when it ends by itself
 */
export async function killedProgram<Event>(
  program: URL,
  words: readonly string[],
  { lines, delay }: Moment,
  whileStopped?: () => Promise<void>,
): Promise<Event[]> {
  const child = spawn(process.execPath, ["--conditions=oriel-source", fileURLToPath(program), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  let complaints = "";
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    told += piece;
    seen += piece.split("\n").length - 1;
    if (seen > lines) timer ??= setTimeout(() => void end(), delay);
  });
  const end = async (): Promise<void> => {
    if (whileStopped !== undefined) {
      child.kill("SIGSTOP");
      while (stateOf(child.pid) !== "T") await new Promise(setImmediate);
      await whileStopped();
    }
    child.kill("SIGKILL");
  };
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    complaints += piece;
  });
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_code, how) => resolve(how));
  });
  clearTimeout(timer);
  if (signal !== "SIGKILL") throw new Error(`the program ended by itself: ${complaints}`);
  // The last line may be cut, as the program was.
  const whole = told.split("\n").slice(1, -1);
  return whole.map((line) => JSON.parse(line) as Event);
}

/** `T` for a process that stands still (proc_pid_stat(5)). */
function stateOf(pid: number | undefined): string | undefined {
  return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
}
