import { invalidOption } from "../invalid-option.ts";

/**
 * CreateProcess takes 32,767 UTF-16 units with the closing NUL.
 * @see https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw
 */
export const maxCommandLineLength = 32_766;

// Space and tab are all that the C runtime splits at. The other control characters are quoted too: it changes nothing for
// the C runtime, and CommandLineToArgvW ends a program name at any of them.
const needsQuotes = /[\0- ]/;

/**
 * One argument in the form that the Microsoft C runtime reads back as `argument`: quoted where it is empty or holds white
 * space, with `\"` for a quote and doubled backslashes before a quote. Not for the first word of a command line, whose
 * rules are different: see {@link buildCommandLine}.
 * @throws InvalidArgumentError for an argument with a NUL character.
 */
export function escapeArgument(argument: string): string {
  refuseNul(argument);
  if (argument === "") return '""';
  const quoted = needsQuotes.test(argument);
  if (!quoted && !argument.includes('"')) return argument;

  let escaped = "";
  let backslashes = 0;
  for (let index = 0; index < argument.length; index += 1) {
    const unit = argument.charAt(index);
    if (unit === "\\") {
      backslashes += 1;
      continue;
    }
    if (unit === '"') escaped += `${"\\".repeat(backslashes * 2 + 1)}"`;
    else escaped += "\\".repeat(backslashes) + unit;
    backslashes = 0;
  }
  return quoted ? `"${escaped}${"\\".repeat(backslashes * 2)}"` : escaped + "\\".repeat(backslashes);
}

/**
 * The Windows command line from which a program's C runtime makes exactly `argv`.
 *
 * The first word is the program. Neither CreateProcess nor the C runtime knows escapes there: a quote always opens or
 * closes, a backslash is a backslash. So it is put in quotes where it has white space, and otherwise left as it is.
 * @throws InvalidArgumentError for an empty list, a program with a quote in its name, a NUL character, or a line longer
 *   than {@link maxCommandLineLength}.
 */
export function buildCommandLine(argv: readonly string[]): string {
  const [program, ...rest] = argv;
  if (program === undefined) throw invalidOption("no command specified");
  let line = escapeProgram(program);
  for (const argument of rest) line += ` ${escapeArgument(argument)}`;
  return checkCommandLine(line);
}

/** @throws InvalidArgumentError for a line that CreateProcess cannot take: with a NUL character, or too long. */
export function checkCommandLine(line: string): string {
  refuseNul(line);
  if (line.length > maxCommandLineLength) {
    throw invalidOption(
      `the command line has ${line.length} characters; Windows takes at most ${maxCommandLineLength}`,
      "Put the arguments in a file that the program reads.",
    );
  }
  return line;
}

function escapeProgram(program: string): string {
  refuseNul(program);
  if (program.includes('"')) {
    throw invalidOption(
      `the program ${JSON.stringify(program)} has a quote in its name, which a Windows command line cannot express`,
      "Give the program without quotes: they are added where they are needed.",
    );
  }
  return program === "" || needsQuotes.test(program) ? `"${program}"` : program;
}

function refuseNul(text: string): void {
  if (text.includes("\0")) {
    throw invalidOption(`the argument ${JSON.stringify(text)} has a NUL character, which a Windows command line cannot hold`);
  }
}
