import { type ChildProcess, fork } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { HostileContainer, HostileHost } from "./hostile-container.ts";

/** A call of another process; the answer has the same number. */
export interface HostCall {
  readonly number: number;
  /** undefined: a new container is opened, whose number is the value. */
  readonly container: number | undefined;
  readonly method: keyof HostileContainer | "open";
  readonly values: readonly unknown[];
}

export interface HostAnswer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

export const accountProgram = fileURLToPath(new URL("../fixtures/account-host.ts", import.meta.url));

/** Another account, in a process of it. */
export async function accountHost(uid: number): Promise<HostileHost> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-account-"));
  await chown(folder, uid, uid);
  const child = fork(accountProgram, [], {
    uid,
    gid: uid,
    cwd: folder,
    execArgv: ["--conditions=oriel-source", "--disable-warning=ExperimentalWarning"],
    env: { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder, DAEMON_SECRET: process.env.DAEMON_SECRET },
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const call = callsOf(child);
  return {
    open: async (document, processes) => containerOf(call, await call<number>(undefined, "open", document, processes)),
    close: async () => {
      if (child.connected) child.disconnect();
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Call = <Value>(container: number | undefined, method: HostCall["method"], ...values: readonly unknown[]) => Promise<Value>;

function containerOf(call: Call, container: number): HostileContainer {
  return {
    files: () => call(container, "files"),
    start: () => call(container, "start"),
    request: (program, line) => call(container, "request", program, line),
    end: (program) => call(container, "end", program),
    exited: (program) => call(container, "exited", program),
    restart: (more) => call(container, "restart", more),
    exportChanges: (target) => call(container, "exportChanges", target),
    destroy: () => call(container, "destroy"),
    close: () => call(container, "close"),
  };
}

function callsOf(child: ChildProcess): Call {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  let ended: Error | undefined;
  child.on("message", ({ number, value, error }: HostAnswer) => {
    if (error === undefined) waiting.get(number)?.resolve(value);
    else waiting.get(number)?.reject(new Error(error));
    waiting.delete(number);
  });
  child.once("exit", (code, signal) => {
    ended = new Error(`the process of the account ended: ${code ?? signal}`);
    for (const { reject } of waiting.values()) reject(ended);
  });
  return <Value>(container: number | undefined, method: HostCall["method"], ...values: readonly unknown[]): Promise<Value> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      last += 1;
      waiting.set(last, { resolve: (value) => resolve(value as Value), reject });
      child.send({ number: last, container, method, values } satisfies HostCall);
    });
}
