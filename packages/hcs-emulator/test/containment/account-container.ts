import { type ChildProcess, fork } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { HostileContainer } from "./hostile-container.ts";

/** A call of another process to its container; the answer has the same number. */
export interface ContainerCall {
  readonly number: number;
  readonly method: keyof HostileContainer;
  readonly values: readonly unknown[];
}

export interface ContainerAnswer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Starts a container of another account, in a process of it. */
export async function accountContainer(uid: number, document: Record<string, unknown>): Promise<HostileContainer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-account-"));
  await chown(folder, uid, uid);
  const child = fork(fileURLToPath(new URL("../fixtures/account-container.ts", import.meta.url)), [JSON.stringify(document)], {
    uid,
    gid: uid,
    cwd: folder,
    execArgv: ["--conditions=oriel-source", "--disable-warning=ExperimentalWarning"],
    env: { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder, DAEMON_SECRET: process.env.DAEMON_SECRET },
  });
  const call = callsOf(child);
  const calls: Omit<HostileContainer, "close"> = {
    files: () => call("files"),
    start: () => call("start"),
    request: (program, line) => call("request", program, line),
    end: (program) => call("end", program),
    exited: (program) => call("exited", program),
    restart: (more) => call("restart", more),
    exportChanges: (target) => call("exportChanges", target),
    destroy: () => call("destroy"),
  };
  // It has started when it can say where its files are.
  await calls.files();
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await call("close");
    child.disconnect();
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  return {
    ...calls,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function callsOf(child: ChildProcess) {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  child.on("message", ({ number, value, error }: ContainerAnswer) => {
    if (error === undefined) waiting.get(number)?.resolve(value);
    else waiting.get(number)?.reject(new Error(error));
    waiting.delete(number);
  });
  child.once("exit", (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process of the account ended: ${code ?? signal}`));
  });
  return <Value>(method: keyof HostileContainer, ...values: readonly unknown[]): Promise<Value> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve: (value) => resolve(value as Value), reject });
      child.send({ number: last, method, values } satisfies ContainerCall);
    });
}
