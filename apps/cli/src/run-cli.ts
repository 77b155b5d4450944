import { Command, CommanderError } from "commander";
import { withClient } from "./client/with-client.ts";
import { addBuildBaseCommand } from "./commands/build-base.ts";
import { addContainerCommands } from "./commands/containers.ts";
import { addDaemonCommand } from "./commands/daemon.ts";
import { addExecCommand } from "./commands/exec.ts";
import { addImageCommands } from "./commands/images.ts";
import { addInspectCommand } from "./commands/inspect.ts";
import { addLogsCommand } from "./commands/logs.ts";
import { addNetworkCommands } from "./commands/networks.ts";
import { addRunCommand } from "./commands/run.ts";
import { addSpecCommand } from "./commands/spec.ts";
import { addStartCommands } from "./commands/start.ts";
import { addSystemCommands } from "./commands/system.ts";
import { addUsageCommands } from "./commands/usage.ts";
import { addVolumeCommands } from "./commands/volumes.ts";
import type { CliContext } from "./context.ts";
import { describeError, ExitError } from "./report-error.ts";
import { type Terminal, write } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs the command line; returns the exit code. Never rejects. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const program = new Command("oriel");
  const host = () => program.opts<{ host?: string }>().host;
  const context: CliContext = {
    terminal,
    host,
    withClient: (work) => withClient(host(), terminal.env, work),
    exit(value) {
      code = value;
    },
  };
  describe(program, context);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    // A mistake in the command line; commander has told it.
    if (error instanceof CommanderError) return error.exitCode;
    await write(terminal.stderr, describeError(error));
    return error instanceof ExitError ? error.code : 1;
  }
  return code;
}

function describe(program: Command, context: CliContext): void {
  const { stdout, stderr } = context.terminal;
  program
    .description("Oriel, a container engine for Windows containers")
    .version(version, "-v, --version", "Print version information and quit")
    .helpOption("-h, --help", "Print usage")
    .helpCommand("help [command]", "Help about the command")
    .option("-H, --host <address>", "Daemon socket to connect to (default that of ORIEL_HOST or DOCKER_HOST)")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, writeLine) => writeLine(text.replace(/^error: /, "oriel: ")),
    });
  addDaemonCommand(program, context);
  addRunCommand(program, context);
  addStartCommands(program, context);
  addExecCommand(program, context);
  addSpecCommand(program, context);
  addContainerCommands(program, context);
  addUsageCommands(program, context);
  addLogsCommand(program, context);
  addInspectCommand(program, context);
  const image = addImageCommands(program, context);
  addBuildBaseCommand(program, image, context);
  addNetworkCommands(program, context);
  addVolumeCommands(program, context);
  addSystemCommands(program, context);
}
