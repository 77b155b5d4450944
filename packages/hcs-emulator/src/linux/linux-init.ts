import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { namedErrors } from "./linux-errors.ts";
import type { LinuxTools } from "./linux-tools.ts";

export interface LinuxInitOptions {
  readonly tools: LinuxTools;
  /** Words before the command. */
  readonly enter: readonly string[];
  /** Folder with `upper` and `work`, and where the root is put together. */
  readonly folder: string;
  readonly hostName: string;
  /** Folders, or images of disks; the uppermost first. */
  readonly layers: readonly string[];
  /** The host's number of user 0; 0: the host's users. */
  readonly base: number;
}

/** The first process of a container's name spaces; it ends when this process does, and the kernel ends all others with it. */
export interface LinuxInit {
  /** The host's number. */
  readonly pid: number;
  /** Its folder in /proc, open: it leads nowhere once the process is gone, whoever has its number then. */
  readonly folder: number;
  readonly ended: Promise<void>;
  /** Ends all processes of the container; waits until they are gone. Only once. */
  stop(): Promise<void>;
}

/** Exit code of linux-container when files cannot be shown with other owners. */
const cannotMap = 3;
/** Milliseconds until the root must be mounted. */
const deadline = 60_000;

/** @returns why users of its own are not possible here; @throws Error that says why it did not come up */
export async function startInit({ tools, enter, folder, hostName, layers, base }: LinuxInitOptions): Promise<LinuxInit | string> {
  const [command = "", ...words] = [...enter, tools.container, "boot", String(base), tools.mount, folder, hostName, ...layers];
  const outer = spawn(command, words, { cwd: "/", env: {}, stdio: ["pipe", "pipe", "pipe"] });
  const timer = setTimeout(() => outer.kill("SIGKILL"), deadline);
  outer.stdin.on("error", () => undefined);
  let failure = "linux-container could not be run";
  let said = "";
  const exited = new Promise<number | null>((resolve) => {
    outer.once("close", resolve);
    outer.once("error", (error) => {
      failure = error.message;
      resolve(null);
    });
  });
  const ended = exited.then(() => undefined);
  outer.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4096);
  });
  const ready = new Promise<boolean>((resolve) => {
    outer.stdout.once("data", () => resolve(true));
    void exited.then(() => resolve(false));
  });
  const isReady = await ready;
  clearTimeout(timer);
  const why = namedErrors(said.trim() || failure);
  if (!isReady && (await exited) === cannotMap && base > 0) return why;
  try {
    if (!isReady) throw new Error(why);
    return { ...(await findInside(outer)), ended };
  } catch (error) {
    outer.stdin.destroy();
    outer.kill("SIGKILL");
    throw new Error(`the container's root could not be made: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** It is a child of what was started, which waits for it: its number is not another's before `ended`. */
  async function findInside(parent: ChildProcess): Promise<Omit<LinuxInit, "ended">> {
    const children = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8");
    const pid = Number(children.split(" ")[0]);
    if (!(pid > 0)) throw new Error("the container's first process is gone");
    const proc = openSync(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    return {
      pid,
      folder: proc,
      stop: async () => {
        if (!isOver) process.kill(pid, "SIGKILL");
        parent.stdin?.destroy();
        await ended;
        closeSync(proc);
      },
    };
  }
}
