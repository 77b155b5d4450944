import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";

/** A process that ends when its input does, and so with this process. */
export interface OwnProcess {
  readonly pid: number;
  /** What it said last, or how it ended. */
  readonly ended: Promise<string>;
  /** Returns the first line that it writes. @throws Error with what it said, when it ends before */
  firstLine(): Promise<string>;
  end(): void;
}

/** This process does not wait for it to end. */
export function startOwn([command = "", ...words]: readonly string[]): OwnProcess {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
  // Detached: who ends this process by a terminal ends it alone, and it takes back what it has made before.
  const child = spawn(command, words, { cwd: "/", env, stdio: ["pipe", "pipe", "pipe"], detached: true });
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
  child.stdin.on("error", () => undefined);
  child.stdout.resume();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4096);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(said.trim().split("\n")[0] || (signal ?? `exit code ${code}`)));
    child.once("error", ({ message }) => resolve(message));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    firstLine: async () => {
      const line = once(child.stdout, "data").then(([chunk]: Buffer[]) => String(chunk).split("\n")[0] ?? "");
      return Promise.race([line, ended.then((why) => Promise.reject(new Error(why)))]);
    },
    end: () => child.stdin.destroy(),
  };
}
