import { Command, CommanderError } from "commander";
import { addDaemonCommand } from "./commands/daemon.ts";
import type { CliContext } from "./context.ts";
import { describeError } from "./report-error.ts";
import { type Terminal, write } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs the command line; answers the exit code. Never rejects. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const context: CliContext = {
    terminal,
    exit(value) {
      code = value;
    },
  };
  const program = buildProgram(context);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    await write(terminal.stderr, describeError(error));
    return 1;
  }
  return code;
}

function buildProgram(context: CliContext): Command {
  const { stdout, stderr } = context.terminal;
  const program = new Command("oriel")
    .description("The Windows container engine Oriel: its daemon, and its client.")
    .version(version, "-v, --version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, writeLine) => writeLine(text.replace(/^error: /, "oriel: ")),
    });
  addDaemonCommand(program, context);
  return program;
}
