import type { ProcessSpec, RuntimeSpec } from "@oriel/contracts";
import type { ProcessConfig } from "@oriel/hcs-bindings";
import { buildCommandLine, parseEnvironment } from "@oriel/oci-spec";
import { invalidSpec } from "./invalid-spec.ts";

const largestConsole = 0xffff;

/**
 * The document that HCS makes a process from. Input and output pipes are always made: output so that it can be logged,
 * input because whoever does not need it closes it, and the process sees the end of file then.
 *
 * @param defaultCwd Working directory where the process has none of its own.
 * @throws InvalidArgumentError for a process without a command, and for a console size out of range.
 */
export function processDocument(process: ProcessSpec, defaultCwd = ""): ProcessConfig {
  const command = { CommandLine: process.commandLine || buildCommandLine(process.args ?? []) };
  return { ...command, ...processFields(process, defaultCwd, parseEnvironment(process.env ?? [])) };
}

/**
 * The same for a process of a Linux container, whose command is a list of words.
 * @param containerSpec Given with the container's first process: the guest makes the container from it.
 * @throws InvalidArgumentError
 */
export function linuxProcessDocument(process: ProcessSpec, defaultCwd = "", containerSpec?: RuntimeSpec): ProcessConfig {
  const { args = [], commandLine } = process;
  if (args.length === 0 || args[0] === "") {
    const given = commandLine ? "a command line is no list of words, which Linux has" : "has no command";
    throw invalidSpec("process.args", given, "Give the program and its arguments, a word each.");
  }
  return {
    CommandArgs: [...args],
    ...processFields(process, defaultCwd, parseEnvironment(process.env ?? [], { caseSensitive: true })),
    ...(containerSpec === undefined ? {} : { OCISpecification: containerSpec }),
  };
}

function processFields(process: ProcessSpec, defaultCwd: string, variables: ReadonlyMap<string, string>): ProcessConfig {
  const environment = [...variables].sort(([left], [right]) => (left < right ? -1 : 1));
  const workingDirectory = process.cwd || defaultCwd;
  const terminal = process.terminal === true;
  return {
    ...(process.user.username ? { User: process.user.username } : {}),
    ...(workingDirectory ? { WorkingDirectory: workingDirectory } : {}),
    ...(environment.length > 0 ? { Environment: Object.fromEntries(environment) } : {}),
    ...(terminal ? { EmulateConsole: true } : {}),
    CreateStdInPipe: true,
    CreateStdOutPipe: true,
    // A console has one output; HCS ignores the error pipe with it.
    ...(terminal ? {} : { CreateStdErrPipe: true }),
    ConsoleSize: terminal ? consoleSize(process.consoleSize) : [0, 0],
  };
}

function consoleSize(size: ProcessSpec["consoleSize"]): [height: number, width: number] {
  const { height = 0, width = 0 } = size ?? {};
  for (const value of [height, width]) {
    if (!Number.isInteger(value) || value < 0 || value > largestConsole) {
      throw invalidSpec("process.consoleSize", `${height} by ${width}: both must be whole numbers from 0 to ${largestConsole}`);
    }
  }
  return [height, width];
}
