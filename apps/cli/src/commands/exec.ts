import { exec, execDetached, type OrielClient } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { assertTerminal } from "../run/assert-terminal.ts";
import { followSize } from "../run/follow-size.ts";
import { joinStreams } from "../run/join-streams.ts";
import { withValue } from "../run/run-options.ts";
import { checkDetachKeys, collect } from "./option-values.ts";

interface ExecFlags {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly detach?: boolean;
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly detachKeys?: string;
}

export function addExecCommand(program: Command, context: CliContext): void {
  program
    .command("exec")
    .description("Execute a command in a running container")
    .argument("<container>", "name or id")
    .argument("<words...>", "program and arguments")
    .option("-i, --interactive", "Keep STDIN open even if not attached")
    .option("-t, --tty", "Allocate a pseudo-TTY")
    .option("-d, --detach", "Detached mode: run command in the background")
    .option("-e, --env <NAME=value>", "Set environment variables; NAME alone takes this command's value", collect)
    .option("-w, --workdir <path>", "Working directory inside the container")
    .option("-u, --user <name>", "Username that runs the program")
    .option("--detach-keys <keys>", "Override the key sequence for detaching a container", checkDetachKeys)
    .addHelpText("after", "\nThe exit code is that of the program.")
    // What follows the container belongs to the program.
    .passThroughOptions()
    .action((container: string, words: string[], flags: ExecFlags) =>
      context.withClient((client) => runExec(client, context, container, words, flags)),
    );
}

async function runExec(
  client: OrielClient,
  context: CliContext,
  container: string,
  command: readonly string[],
  flags: ExecFlags,
): Promise<void> {
  const { terminal } = context;
  const { interactive = false, tty = false, detachKeys, workdir, user, env } = flags;
  const size = tty ? terminal.size() : undefined;
  const options = {
    command,
    tty,
    size,
    ...(env === undefined ? {} : { env: env.map((text) => withValue(text, terminal.env)) }),
    workingDir: workdir,
    user,
    detachKeys,
  };
  if (flags.detach === true) {
    await execDetached(client, container, options);
    return;
  }
  assertTerminal(terminal, tty, interactive);
  const execution = await exec(client, container, { ...options, stdin: interactive });
  const { id } = execution;
  const resize = ({ height, width }: { height: number; width: number }) =>
    client.POST("/exec/{id}/resize", { params: { path: { id }, query: { h: height, w: width } } });
  const stopFollowing = tty ? followSize(terminal, resize) : () => undefined;
  try {
    if ((await joinStreams(execution, terminal, { interactive, detachKeys })) === "left") return;
    // Without a code its output was cut off while it runs on.
    context.exit((await execution.exitCode()) ?? 1);
  } finally {
    stopFollowing();
  }
}
