import { attach, type OrielClient, unwrap, wait } from "@oriel/client";
import type { CliContext } from "../context.ts";
import { ExitError } from "../report-error.ts";
import { write } from "../terminal.ts";
import { joinStreams } from "./join-streams.ts";
import { passSignals } from "./pass-signals.ts";
import { createBody, type RunOptions } from "./run-options.ts";
import { startFailureCode } from "./start-failure-code.ts";

export interface RunContainerOptions {
  readonly client: OrielClient;
  readonly context: CliContext;
  readonly image: string;
  readonly words: readonly string[];
  readonly options: RunOptions;
}

/** @throws ExitError with docker's codes: 127 and 126 for a program that cannot be run, 125 for all else. */
export async function runContainer({ client, context, image, words, options }: RunContainerOptions): Promise<void> {
  const { terminal } = context;
  const id = await orExit(async () => {
    const body = createBody(image, words, options, terminal.env);
    const query = options.name === undefined ? {} : { name: options.name };
    const created = await unwrap(client.POST("/containers/create", { params: { query }, body }));
    for (const warning of created.Warnings) await write(terminal.stderr, `warning: ${warning}\n`);
    return created.Id;
  });
  const start = () => orExit(() => client.POST("/containers/{id}/start", { params: { path: { id } } }));
  if (options.detach) {
    await start();
    await write(terminal.stdout, `${id}\n`);
    return;
  }

  const leaving = new AbortController();
  const { signal } = leaving;
  const stopPassing = passSignals(terminal, (name) => sendSignal(client, id, name));
  try {
    // Both before the start, so that nothing is missed.
    const attachment = await orExit(() => attach(client, id, { stdin: options.interactive === true, signal }));
    const { exit } = await orExit(() => wait(client, id, { condition: options.rm ? "removed" : "next-exit", signal }));
    await start();
    await orExit(() => joinStreams(attachment, terminal, options.interactive === true));
    const { exitCode, error } = await orExit(() => exit);
    if (error !== "") await write(terminal.stderr, `oriel: ${error}\n`);
    context.exit(exitCode);
  } finally {
    stopPassing();
    // Where the start failed, nothing would ever come.
    leaving.abort();
  }
}

async function sendSignal(client: OrielClient, id: string, signal: string): Promise<void> {
  // It may have ended by itself meanwhile.
  await client.POST("/containers/{id}/kill", { params: { path: { id }, query: { signal } } }).catch(() => undefined);
}

async function orExit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ExitError(startFailureCode(error), error);
  }
}
