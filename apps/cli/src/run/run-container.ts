import { type OrielClient, unwrap } from "@oriel/client";
import type { CliContext } from "../context.ts";
import { ExitError } from "../report-error.ts";
import { write } from "../terminal.ts";
import { assertTerminal } from "./assert-terminal.ts";
import { followContainer } from "./follow-container.ts";
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
export async function runContainer(run: RunContainerOptions): Promise<void> {
  const { client, context, options } = run;
  const { tty = false, interactive = false, detachKeys } = options;
  try {
    if (options.detach !== true) assertTerminal(context.terminal, tty, interactive);
    const id = await createContainer(run);
    const start = () => client.POST("/containers/{id}/start", { params: { path: { id } } });
    if (options.detach === true) {
      await start();
      await write(context.terminal.stdout, `${id}\n`);
      return;
    }
    await followContainer({ client, context, id, tty, interactive, detachKeys, until: options.rm ? "removed" : "next-exit", start });
  } catch (error) {
    throw new ExitError(startFailureCode(error), error);
  }
}

/** Makes the container and tells what its user should know; returns its id. */
export async function createContainer({ client, context, image, words, options }: RunContainerOptions): Promise<string> {
  const { terminal } = context;
  const body = createBody(image, words, options, terminal.env, terminal.size());
  const query = options.name === undefined ? {} : { name: options.name };
  const created = await unwrap(client.POST("/containers/create", { params: { query }, body }));
  for (const warning of created.Warnings) await write(terminal.stderr, `warning: ${warning}\n`);
  return created.Id;
}
