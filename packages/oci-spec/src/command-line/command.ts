import type { ContainerConfig } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";
import { buildCommandLine, checkCommandLine, escapeArgument } from "./command-line.ts";

/** The shell of a Windows image that names none. */
export const defaultWindowsShell: readonly string[] = ["cmd", "/S", "/C"];

/** Program and arguments as `inspect` shows them. */
export interface ContainerCommand {
  readonly path: string;
  readonly args: readonly string[];
}

/** What CreateProcess is to run: a list that the runtime escapes, or a line that it hands on as it is. */
export type ProcessCommand = { readonly args: string[] } | { readonly commandLine: string };

/**
 * Program and arguments of a merged configuration: the entrypoint followed by the command.
 * @throws InvalidArgumentError `no command specified` when there is none.
 */
export function commandOf(config: ContainerConfig): ContainerCommand {
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (path === undefined || path === "") {
    throw invalidOption("no command specified", "Give a command after the image, or use an image that has one.");
  }
  return { path, args };
}

/**
 * How a Windows container's command reaches CreateProcess. Without `ArgsEscaped` the list goes on as a list. With it
 * the first element is a ready command line, used as written, and further elements are escaped behind it.
 *
 * A builder writes a shell form as one element. Where the list that the command begins with has several, it is an array
 * that BuildKit flagged (it sets the flag for every CMD), so its program is quoted if it must be; one that already has
 * quotes stays as it is, as no file name can have one.
 * @throws InvalidArgumentError without a command, or for one that no Windows command line can express.
 */
export function windowsCommand(config: ContainerConfig): ProcessCommand {
  const { path, args } = commandOf(config);
  if (config.ArgsEscaped !== true) return { args: [path, ...args] };
  const first = config.Entrypoint?.length ? config.Entrypoint : config.Cmd;
  const isArray = (first?.length ?? 0) > 1;
  if (isArray && !path.includes('"')) return { commandLine: buildCommandLine([path, ...args]) };
  return { commandLine: checkCommandLine([path, ...args.map(escapeArgument)].join(" ")) };
}

/**
 * A command in shell form, as an image builder's CMD, ENTRYPOINT and RUN and a health check have it: the shell's words, a
 * space, and the text exactly as the user wrote it. Put it into a configuration as it is:
 * `{ ...config, ...shellForm("echo \"a b\" & dir") }`.
 */
export function shellForm(text: string, shell: readonly string[] = defaultWindowsShell): { Cmd: string[]; ArgsEscaped: true } {
  return { Cmd: [`${shell.join(" ")} ${text}`], ArgsEscaped: true };
}
