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
    .summary("run a program in a container that runs")
    .description("Runs a program in a container that runs, beside its own. The exit code is that of the program.")
    .argument("<container>", "name or id")
    .argument("<words...>", "program and arguments")
    .option("-i, --interactive", "give the program this command's input")
    .option("-t, --tty", "give the program a terminal")
    .option("-d, --detach", "do not wait, and drop its output")
    .option("-e, --env <NAME=value>", "environment variable; NAME alone takes this command's value", collect)
    .option("-w, --workdir <path>", "working directory of the program")
    .option("-u, --user <name>", "user who runs the program")
    .option("--detach-keys <keys>", "leave a terminal by these", checkDetachKeys)
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
    ...(size === undefined ? {} : { size }),
    ...(env === undefined ? {} : { env: env.map((text) => withValue(text, terminal.env)) }),
    ...(workdir === undefined ? {} : { workingDir: workdir }),
    ...(user === undefined ? {} : { user }),
    ...(detachKeys === undefined ? {} : { detachKeys }),
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
