import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Milliseconds for a program of the host. */
const deadline = 20_000;

/**
 * Runs a program of the host with `input`, and returns what it writes.
 * @throws Error with what the program says
 */
export async function hostCommand(words: readonly string[], input = ""): Promise<string> {
  const [command = "", ...rest] = words;
  const name = command.replace(/.*\//, "");
  const child = spawn(command, rest, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
    timeout: deadline,
    killSignal: "SIGKILL",
  });
  const exited = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? `ended by ${signal}`));
    child.once("error", (error) => resolve(error.message));
  });
  // Without a descriptor left it has no streams either.
  if (child.pid === undefined) throw new Error(`${name}: ${await exited}`);
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [out, said, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code === 0) return out;
  const why = said.trim().split("\n")[0] || (typeof code === "string" ? code : `exit code ${code}`);
  throw new Error(`${name}: ${why}`);
}
