import type { ProcessSpec } from "@oriel/core";
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
  const environment = [...parseEnvironment(process.env ?? [])].sort(([left], [right]) => (left < right ? -1 : 1));
  const workingDirectory = process.cwd || defaultCwd;
  const terminal = process.terminal === true;
  return {
    CommandLine: process.commandLine || buildCommandLine(process.args ?? []),
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
