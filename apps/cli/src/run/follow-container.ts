import { attach, type OrielClient, type WaitOptions, wait } from "@oriel/client";
import type { CliContext } from "../context.ts";
import { write } from "../terminal.ts";
import { followSize } from "./follow-size.ts";
import { joinStreams } from "./join-streams.ts";
import { passSignals } from "./pass-signals.ts";

export interface FollowContainerOptions {
  readonly client: OrielClient;
  readonly context: CliContext;
  readonly id: string;
  readonly tty: boolean;
  /** Pass this command's input on. */
  readonly interactive: boolean;
  readonly detachKeys?: string | undefined;
  /** When the container counts as ended. */
  readonly until: NonNullable<WaitOptions["condition"]>;
  /** Called once nothing can be missed any more. */
  readonly start?: () => Promise<unknown>;
}

/**
 * Joins a container to this command's streams until it ends; its exit code becomes the command's. A user who leaves a
 * terminal by its detach keys ends the command with 0, and the container goes on.
 */
export async function followContainer(options: FollowContainerOptions): Promise<void> {
  const { client, context, id, tty, interactive, detachKeys, until, start } = options;
  const { terminal } = context;
  const leaving = new AbortController();
  const { signal } = leaving;
  // Of a terminal the keys go to the program, ctrl-c too; a signal then means this command.
  const release = [tty ? () => undefined : passSignals(terminal, (name) => sendSignal(client, id, name))];
  try {
    const attachment = await attach(client, id, { stdin: interactive, signal, detachKeys });
    const { exit } = await wait(client, id, { condition: until, signal });
    await start?.();
    if (tty) {
      const resize = (size: { height: number; width: number }) =>
        client.POST("/containers/{id}/resize", { params: { path: { id }, query: { h: size.height, w: size.width } } });
      release.push(followSize(terminal, resize));
    }
    if ((await joinStreams(attachment, terminal, { interactive, detachKeys })) === "left") return;
    const { exitCode, error } = await exit;
    if (error !== "") await write(terminal.stderr, `oriel: ${error}\n`);
    context.exit(exitCode);
  } finally {
    for (const end of release) end();
    // Where the start failed, nothing would ever come.
    leaving.abort();
  }
}

async function sendSignal(client: OrielClient, id: string, signal: string): Promise<void> {
  // It may have ended by itself meanwhile.
  await client.POST("/containers/{id}/kill", { params: { path: { id }, query: { signal } } }).catch(() => undefined);
}
